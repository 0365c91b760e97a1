"""The files that engines run on an ARM CPU, each made from one ONNX model."""

from __future__ import annotations

from pathlib import Path

import edgert
from benchmarks.arm import emulator
from benchmarks.engines import onnxruntime_int8
from benchmarks.models import Model

# By precision, the CPUs that are worth a column: floats have the same kernels everywhere.
CPUS = {"int8": tuple(emulator.CPUS), "fp32": ("cortex-a72", "cortex-a76")}
_TARGETS = {"edgert": ("arm64", ".edgert"), "litert": ("tflite", ".tflite")}
NAMES = (*_TARGETS, "onnxruntime")


def prepare(engine: str, model: Model, precision: str, folder: Path) -> Path:
    """Writes the file of an engine, one of NAMES, in a precision.

    LiteRT reads no ONNX; it gets what edgert writes for it.
    """
    if engine == "onnxruntime":
        return model.path if precision == "fp32" else onnxruntime_int8.prepare(model, folder)
    target, suffix = _TARGETS[engine]
    output = folder / f"{model.name}.{precision}{suffix}"
    feed = model.feed()
    edgert.compile(
        model.path,
        target=target,
        precision=precision,
        calibration=model.calibration() if precision == "int8" else None,
        input_shapes={name: array.shape for name, array in feed.items()},
        output=output,
    )
    return output
