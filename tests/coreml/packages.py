"""Compiles for Core ML and reads the saved package back."""

from __future__ import annotations

import numpy as np

import edgert
from tests.coreml.evaluator import Package, load


def compiled(model, folder, ios: str = "auto", **options) -> tuple[edgert.CompileReport, Package]:
    """The report, and the package as the evaluator reads it from disk."""
    output = folder / "model.mlpackage"
    report = edgert.compile(
        model, target="coreml", output=output, target_options={"ios": ios}, **options
    )
    return report, load(output)


def run(package: Package, feeds) -> list[np.ndarray]:
    """Outputs in order. Feeds in order, in the types that Core ML has."""
    converted = {
        name: np.asarray(array).astype(dtype)
        for (name, (_, dtype)), array in zip(package.inputs.items(), feeds)
    }
    outputs = package.run(converted)
    return [outputs[name] for name in package.block.outputs]
