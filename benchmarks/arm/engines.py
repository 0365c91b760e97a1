"""The files that engines run on an ARM CPU, each made from one ONNX model."""

from __future__ import annotations

from pathlib import Path

import edgert
from benchmarks.arm import emulator
from benchmarks.engines import onnxruntime_int8
from benchmarks.models import Model

# By precision, the CPUs that are worth a column: floats have the same kernels everywhere, and of
# these only the last one computes in halves.
CPUS = {
    "int8": tuple(emulator.CPUS),
    "fp32": ("cortex-a72", "cortex-a76"),
    "fp16": ("cortex-a76",),
}
_SUFFIXES = {"edgert": ".edgert", "litert": ".tflite"}
NAMES = (*_SUFFIXES, "onnxruntime")


def prepare(engine: str, model: Model, precision: str, folder: Path) -> Path:
    """Writes the file of an engine, one of NAMES, in a precision.

    LiteRT reads no ONNX; it gets what edgert writes for it. onnxruntime computes the model itself
    in every precision but INT8.
    """
    if engine == "onnxruntime":
        return onnxruntime_int8.prepare(model, folder) if precision == "int8" else model.path
    output = folder / f"{model.name}.{precision}{_SUFFIXES[engine]}"
    feed = model.feed()
    edgert.compile(
        model.path,
        target=_target(engine, precision),
        precision=precision,
        calibration=model.calibration() if precision == "int8" else None,
        input_shapes={name: array.shape for name, array in feed.items()},
        output=output,
    )
    return output


def _target(engine: str, precision: str) -> str:
    if engine == "litert":
        return "tflite"
    return "arm64-fp16" if precision == "fp16" else "arm64"
