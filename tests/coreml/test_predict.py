"""Core ML itself, where there is one: macOS."""

from __future__ import annotations

import platform

import coremltools
import numpy as np
import onnx.parser
import pytest

from tests.coreml.packages import compiled, run

pytestmark = pytest.mark.skipif(
    platform.system() != "Darwin", reason="Core ML predicts on macOS only"
)

NETWORK = """
<ir_version: 9, opset_import: ["" : 17]>
net (float[1, 3, 16, 16] x) => (float[1, 8] y) {
  c = Conv <pads: ints = [1, 1, 1, 1], strides: ints = [2, 2]> (x, w)
  r = Relu (c)
  p = GlobalAveragePool (r)
  y = Flatten (p)
}
"""


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_core_ml_agrees_with_the_evaluator(precision, tmp_path):
    rng = np.random.default_rng(0)
    proto = onnx.parser.parse_model(NETWORK)
    weights = rng.standard_normal((8, 3, 3, 3)).astype(np.float32)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
    _, package = compiled(proto, tmp_path, precision=precision)
    x = rng.standard_normal((1, 3, 16, 16)).astype(np.float32)
    model = coremltools.models.MLModel(
        str(tmp_path / "model.mlpackage"), compute_units=coremltools.ComputeUnit.CPU_ONLY
    )
    predicted = model.predict({"x": x})["y"]
    tolerance = 1e-4 if precision == "fp32" else 1e-2
    np.testing.assert_allclose(predicted, run(package, [x])[0], atol=tolerance)
