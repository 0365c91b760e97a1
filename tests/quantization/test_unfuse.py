import numpy as np
import onnx_ir as ir
import pytest

from edgert_compiler.bundles import compile_float
from edgert_compiler.graph import fused
from edgert_compiler.graph.activation import ACTIVATIONS, Activation
from edgert_compiler.quantization.calibration import Wanted, calibration_model
from edgert_compiler.quantization.plan import PREACTIVATION
from edgert_compiler.quantization.quantize import bundle_run
from edgert_compiler.quantization.ranges import active_range
from tests.quantization.reference import Reference

PARAMS = {"clip": [-0.5, np.inf], "leaky_relu": [0.1], "hard_sigmoid": [0.2, 0.4]}


def fused_gemm(activation: str) -> ir.Model:
    """edgert.Gemm with bias, residual and activation: x [2, 3] -> y [2, 4]."""
    random = np.random.default_rng(0)

    def value(name, shape, array=None):
        tensor = None if array is None else ir.tensor(array.astype(np.float32), name=name)
        return ir.val(name, ir.DataType.FLOAT, shape, const_value=tensor)

    x, r = value("x", [2, 3]), value("r", [2, 4])
    w, b = value("w", [3, 4], random.normal(size=(3, 4))), value("b", [4], random.normal(size=4))
    attributes = {"activation": activation, "activation_params": PARAMS.get(activation, [])}
    node = ir.node("Gemm", [x, w, b, r], domain=fused.DOMAIN, name="gemm")
    node.attributes["activation"] = ir.AttrString("activation", activation)
    node.attributes["activation_params"] = ir.AttrFloat32s(
        "activation_params", attributes["activation_params"]
    )
    y = node.outputs[0]
    y.name, y.type, y.shape = "y", x.type, ir.Shape([2, 4])
    graph = ir.Graph(
        [x, r], [y], nodes=[node], initializers=[w, b], opset_imports={"": 18, fused.DOMAIN: 1}
    )
    return ir.Model(graph, ir_version=9)


def expected(model: ir.Model, feed) -> tuple[np.ndarray, np.ndarray]:
    constants = {name: v.const_value.numpy() for name, v in model.graph.initializers.items()}
    before = feed["x"] @ constants["w"] + constants["b"] + feed["r"]
    node = model.graph[0]
    return before, Activation.of(node)(before)


FEED = {
    "x": np.random.default_rng(1).normal(size=(2, 3)).astype(np.float32),
    "r": np.random.default_rng(2).normal(size=(2, 4)).astype(np.float32),
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_exported_fused_operator_computes_the_same(activation):
    model = fused_gemm(activation)
    result = Reference(model)(FEED)["y"]
    np.testing.assert_allclose(result, expected(model, FEED)[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if a not in ("", "relu", "clip")])
def test_value_before_the_activation_can_be_observed(activation):
    model = fused_gemm(activation)
    copy = calibration_model(model, Wanted((f"y{PREACTIVATION}", "y")))
    before, after = expected(model, FEED)
    for outputs in (Reference(copy)(FEED), bundle_run(compile_float(copy))(FEED)):
        np.testing.assert_allclose(outputs[f"y{PREACTIVATION}"], before, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(outputs["y"], after, rtol=1e-5, atol=1e-6)
    assert [node.op_type for node in model.graph] == ["Gemm"], "the original is untouched"


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [("sigmoid", -6.0, 6.0), ("hard_swish", -3.0, 20.0), ("leaky_relu", -20.0, 20.0)],
)
def test_flat_ends_of_an_activation_need_no_range(activation, low, high):
    found = active_range(fused_gemm(activation).graph[0], -20.0, 20.0, 1 / 512)
    assert found == pytest.approx((low, high), abs=0.3)
