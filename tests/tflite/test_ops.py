"""Every operator that lowers to TFLite, run by LiteRT."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from edgert_compiler.graph.matching import op_id
from edgert_compiler.operators import registry as own_registry
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.pipeline import Options
from edgert_compiler.quantization.plan import Precision
from edgert_targets.tflite.compiler.registry import all_lowerings, find

from ..passes.cases import build, normal
from .litert import LiteRT, compile_tflite, int8_nodes, largest_difference
from .op_cases import CASES, INT8_CASES, Case

VIEWS = ("Reshape", "Transpose")  # may be other names and shapes of the tensor before
UNTESTED = {("", "RMSNormalization")}  # onnxruntime decomposes it; LayerNormalization shares it


def feed_of(model: onnx.ModelProto, domain: tuple[float, float], seed: int = 0) -> dict:
    rng = np.random.default_rng(seed)
    feed = {}
    constants = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name in constants:
            continue
        tensor = value.type.tensor_type
        shape = [dim.dim_value for dim in tensor.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        numbers = rng.uniform(*domain, shape)
        if np.issubdtype(dtype, np.bool_):
            feed[value.name] = numbers > 0
        elif np.issubdtype(dtype, np.integer):
            feed[value.name] = rng.integers(0, 5, shape).astype(dtype)
        else:
            feed[value.name] = numbers.astype(dtype)
    return feed


def reference(model: onnx.ModelProto, feed: dict) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feed)))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_float_operator(case: Case) -> None:
    feed = feed_of(case.model, case.domain)
    expected = reference(case.model, feed)
    compiled = compile_tflite(case.model, Options(quantize=False))
    (variant,) = compiled.variants
    assert case.op in {op_id(node) for node in variant.model.graph}
    found = LiteRT.run(compiled.artifact.data, feed).outputs(expected)
    for name, reference_ in expected.items():
        assert found[name].dtype == reference_.dtype
        np.testing.assert_allclose(found[name], reference_, rtol=1e-4, atol=2e-5)


def test_every_operator_has_a_case() -> None:
    tested = {case.op.rpartition(".")[::2] for case in CASES}
    known = {(domain, op) for domain, op in all_lowerings()}
    assert known - tested == UNTESTED


@pytest.mark.parametrize("case", INT8_CASES, ids=str)
def test_int8_operator(case: Case) -> None:
    """Between two convolutions, against edgert's own kernels on the same numbers."""
    model = between_convolutions(case)
    if model is None:
        pytest.skip("does not stay in float32 images of one size, or has several inputs")
    calibration = [feed_of(model, case.domain, seed) for seed in range(3)]
    compiled = compile_tflite(model, Options(calibration=calibration))
    nodes = [node for node in int8_nodes(compiled) if op_id(node) == case.op]
    (variant,) = compiled.variants
    inner = [node for node in variant.model.graph if op_id(node) == case.op]
    if not quantizable(inner[0]):
        assert all(variant.plan.precision(node.name) is Precision.FLOAT for node in inner)
        return
    assert nodes
    litert = LiteRT.run(compiled.artifact.data, feed_of(model, case.domain, 9))
    steps = [largest_difference(node, variant.plan, litert) for node in nodes]
    known = [step for step in steps if step is not None]
    assert known or case.op in VIEWS
    assert max(known, default=0) <= 1


def quantizable(node) -> bool:
    lowering, own = find(node.op_type, node.domain), own_registry.find(node.op_type, node.domain)
    return lowering.role(node, own.role(node)) is not QuantizationRole.FLOAT


def between_convolutions(case: Case) -> onnx.ModelProto | None:
    """`case` after and before a 1x1 convolution of 6 channels, where it takes and makes those."""
    model = case.model
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*inputs, *onnx.shape_inference.infer_shapes(model).graph.output)
    }
    x, y = shapes[inputs[0].name], shapes[model.graph.output[0].name]
    floats = all(v.type.tensor_type.elem_type == 1 for v in (inputs[0], model.graph.output[0]))
    if len(inputs) > 1 or len(x) != 4 or len(y) != 4 or not floats or not all(y):
        return None
    pool = "x = MaxPool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(conv)"  # nothing fuses with it
    before = f"conv = Conv(first, before) {pool} {case.body} last = Conv(y, after)"
    return build(
        f"(float[{','.join(map(str, x))}] first) => (float[n,c,h,w] last)",
        before,
        21,
        **case.constants,
        before=normal(x[1], x[1], 1, 1),
        after=normal(4, y[1], 1, 1),
    )
