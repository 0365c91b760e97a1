"""onnxruntime on its own INT8 model: QDQ, per channel, uint8 activations (its fastest on x86)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

NAME = "onnxruntime"
PACKAGE = "onnxruntime"


def prepare(model, folder: Path) -> Path:
    """Quantizes with onnxruntime's own tool."""
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.samples = iter(model.calibration())

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self.samples, None)

    out = folder / f"{model.name}.qdq.onnx"
    if not out.exists():
        prepared = folder / f"{model.name}.pre.onnx"
        quant_pre_process(str(model.path), str(prepared))
        quantize_static(
            str(prepared),
            str(out),
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    return out


def load(path: Path, threads: int) -> Callable[[dict[str, np.ndarray]], list[np.ndarray]]:
    """A session with `threads` threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda feed: session.run(None, feed)
