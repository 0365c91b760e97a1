"""ONNX's reference implementation."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.version_converter
from onnx.reference import ReferenceEvaluator

from ..cases import Case
from ..runtime import Runtime, compile_case


class Reference(Runtime):
    """Float cases as they are; INT8 cases as edgert exports them, with Q/DQ nodes."""

    name = "reference"
    legend = (
        "`onnx.reference`, the numpy implementation that comes with ONNX; INT8 networks as "
        "edgert exports them (`--target onnx`), with Q/DQ nodes"
    )

    def run(self, case: Case) -> list[np.ndarray]:
        model = case.model
        if case.calibration:
            report, _ = compile_case(case, target="onnx")
            exported = onnx.load_from_string(report.bundle)
            # The implementation of DequantizeLinear begins there.
            model = onnx.version_converter.convert_version(exported, 19)
        with np.errstate(all="ignore"):
            outputs = ReferenceEvaluator(model).run(None, dict(case.feed))
        return [np.asarray(output) for output in outputs]
