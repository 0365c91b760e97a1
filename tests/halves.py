"""Prints what float16 weights make of the zoo's networks: the table of docs/fp16.md.

python -m tests.halves
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import edgert
from tests.zoo import ZOO_MODELS, ZooModel

SAMPLES = 3


@dataclass(frozen=True)
class Halved:
    """size: of the file, relative to that of `fp32`. error: the largest of an output's root mean
    squares, relative to the standard deviation of onnxruntime's output.
    """

    size: float
    error: float


def measure(model: ZooModel) -> Halved:
    """On the first samples of the model's own data."""
    whole, half = (
        edgert.compile(model.path, precision=precision, **model.options())
        for precision in ("fp32", "fp16")
    )
    session = edgert.InferenceSession(half.bundle)
    names = [port.name for port in session.get_outputs()]
    errors = [0.0]
    for feed, expected in model.runs("eval", SAMPLES):
        for name, found in zip(names, session.run(None, feed)):
            wanted = expected[name]
            if wanted.dtype == np.float32 and wanted.std() > 0:
                errors.append(float(np.sqrt(np.mean((found - wanted) ** 2)) / wanted.std()))
    return Halved(half.bundle_bytes / whole.bundle_bytes, max(errors))


def main() -> None:
    """A line for each model."""
    for model in ZOO_MODELS.values():
        halved = measure(model)
        print(f"{model.name:32} {halved.size:5.1%} {halved.error:.1e}")


if __name__ == "__main__":
    main()
