"""onnxruntime as the reference."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime

from edgert_compiler.quantization.calibration import (
    Statistics,
    calibration_model,
    observe,
    wanted,
)
from edgert_compiler.quantization.qdq_export import to_qdq


class Reference:
    """Runs a model from a feed to outputs by name."""

    def __init__(self, model: onnx.ModelProto | ir.Model) -> None:
        proto = ir.to_proto(to_qdq(model)) if isinstance(model, ir.Model) else model
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self.names = [output.name for output in self.session.get_outputs()]

    def __call__(self, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return dict(zip(self.names, self.session.run(None, feed)))


def calibrate(model: ir.Model, data: list[dict[str, np.ndarray]]) -> Statistics:
    """Statistics gathered with onnxruntime instead of edgert's kernels."""
    what = wanted(model)
    return observe(data, what, Reference(calibration_model(model, what)))
