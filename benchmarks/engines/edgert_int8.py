"""edgert on its own INT8 bundle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

NAME = "edgert"
PACKAGE = "edgert"


def prepare(model, folder: Path) -> Path:
    """Compiles with the calibration data that the other engines get."""
    import edgert

    out = folder / f"{model.name}.edgert"
    edgert.compile(str(model.path), precision="int8", calibration=model.calibration(), output=out)
    return out


def load(path: Path, threads: int) -> Callable[[dict[str, np.ndarray]], list[np.ndarray]]:
    """A session with `threads` threads."""
    import edgert

    session = edgert.InferenceSession(str(path), num_threads=threads)
    return lambda feed: session.run(None, feed)
