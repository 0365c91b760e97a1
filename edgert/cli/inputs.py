"""Inputs of a session from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgert.cli.options import load_npy
from edgert.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from edgert.session import InferenceSession


def load_inputs(session: InferenceSession, options: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Arrays for `NAME=FILE` options; NAME may be left out where the model has one input.

    Raises InputError for a malformed option, an unreadable file, or an image without declared
    preprocessing.
    """
    ports = session.get_inputs()
    feed = {}
    for option in options:
        name, equals, path = option.partition("=")
        if not equals:
            if len(ports) != 1:
                names = ", ".join(port.name for port in ports)
                raise InputError(f"--input {option}: give NAME=FILE, with NAME one of: {names}")
            name, path = ports[0].name, option
        feed[name] = _load(session, name, Path(path))
    return feed


def _load(session: InferenceSession, name: str, path: Path) -> np.ndarray:
    if path.suffix != ".npy":
        return session.preprocess(path, name)
    return load_npy("--input", name, path)


def random_inputs(session: InferenceSession, seed: int = 0) -> dict[str, np.ndarray]:
    """Standard normal floats, small non-negative integers, for every input."""
    import numpy as np

    random = np.random.default_rng(seed)
    return {
        port.name: (
            random.standard_normal(port.shape).astype(port.dtype)
            if np.issubdtype(port.dtype, np.floating)
            else random.integers(0, 2, port.shape).astype(port.dtype)
        )
        for port in session.get_inputs()
    }
