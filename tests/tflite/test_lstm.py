"""LSTM layers as one operator: in every run alike, and unrolled where the operator differs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
import onnxruntime
import pytest

import edgert
from edgert_compiler.pipeline import Options
from edgert_compiler.quantization.plan import Precision

from ..passes.cases import build, normal
from .litert import compile_tflite, interpreter
from .op_cases import RECURRENT, Case

RESOLVERS = interpreter.OpResolverType
KINDS = [RESOLVERS.AUTO, RESOLVERS.BUILTIN_WITHOUT_DEFAULT_DELEGATES, RESOLVERS.BUILTIN_REF]
OPERATOR = "UNIDIRECTIONAL_SEQUENCE_LSTM"
STEPS, FEATURES, HIDDEN = 40, 16, 32

Arrays = Mapping[str, np.ndarray]


def layer(attributes: str = "", inputs: str = "x, w, r, b", steps: int = STEPS) -> onnx.ModelProto:
    """An LSTM of one direction with batch 2 between products."""
    rng = np.random.default_rng(3)

    def uniform(*shape: int) -> np.ndarray:
        return (rng.uniform(-1, 1, shape) / np.sqrt(HIDDEN)).astype(np.float32)

    return build(
        f"(float[{steps},2,{FEATURES}] first) => (float[{steps},1,2,8] last)",
        f"""dense = MatMul(first, before)
            x = Tanh(dense)
            most = ReduceMax<keepdims = 0>(first)
            scaled = Mul(w, most)
            y = LSTM<hidden_size = {HIDDEN}{attributes}>({inputs})
            last = MatMul(y, after)""",
        before=uniform(FEATURES, FEATURES) * 6,
        after=uniform(HIDDEN, 8) * 3,
        w=uniform(1, 4 * HIDDEN, FEATURES),
        r=uniform(1, 4 * HIDDEN, HIDDEN),
        b=uniform(1, 8 * HIDDEN),
        lengths=np.array([steps, 9], np.int32),
    )


def samples(count: int, steps: int = STEPS, seed: int = 0) -> list[Arrays]:
    rng = np.random.default_rng(seed)
    shape = (steps, 2, FEATURES)
    return [{"first": rng.normal(size=shape).astype(np.float32)} for _ in range(count)]


def random_feeds(model: onnx.ModelProto, count: int) -> list[Arrays]:
    constants = {tensor.name for tensor in model.graph.initializer}
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in model.graph.input
        if value.name not in constants
    }
    return [{name: normal(*shape) for name, shape in shapes.items()} for _ in range(count)]


def run(data: bytes, feeds: list[Arrays], kind=RESOLVERS.AUTO) -> list[list[np.ndarray]]:
    """The outputs of one interpreter that runs all feeds."""
    found = interpreter.Interpreter(
        model_content=data, num_threads=1, experimental_op_resolver_type=kind
    )
    found.allocate_tensors()
    results = []
    for feed in feeds:
        for detail in found.get_input_details():
            found.set_tensor(detail["index"], feed[detail["name"]])
        found.invoke()
        results.append([found.get_tensor(d["index"]) for d in found.get_output_details()])
    return results


def expected(model: onnx.ModelProto, feeds: list[Arrays]) -> list[list[np.ndarray]]:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return [session.run(None, feed) for feed in feeds]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("case", RECURRENT, ids=str)
def test_every_run_starts_from_the_initial_states(case: Case, kind) -> None:
    feeds = random_feeds(case.model, 2)
    feeds = [feeds[0], feeds[1], feeds[0]]
    data = compile_tflite(case.model, Options(quantize=False)).artifact.data
    for found, wanted in zip(run(data, feeds, kind), expected(case.model, feeds)):
        for result, reference in zip(found, wanted):
            np.testing.assert_allclose(result, reference, rtol=1e-4, atol=1e-5)


def test_a_run_forgets_numbers_that_are_not_finite() -> None:
    (feed,) = samples(1)
    spoiled = {"first": np.full_like(feed["first"], np.nan)}
    data = compile_tflite(layer(), Options(quantize=False)).artifact.data
    (before,), _, (after,) = run(data, [feed, spoiled, feed])
    np.testing.assert_array_equal(before, after)


BATCH_FIRST = {
    "y": (2, 0, 1, 3),
    **dict.fromkeys(("x", "h", "c", "h0", "c0", "state"), (1, 0, 2)),
}


def batch_first(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model of one LSTM with layout = 1."""
    moved = onnx.ModelProto()
    moved.CopyFrom(model)
    (node,) = moved.graph.node
    node.attribute.append(onnx.helper.make_attribute("layout", 1))
    for value in (*moved.graph.input, *moved.graph.output):
        sizes = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for dim, axis in zip(value.type.tensor_type.shape.dim, BATCH_FIRST[value.name]):
            dim.dim_value = sizes[axis]
    for tensor in moved.graph.initializer:
        if tensor.name in BATCH_FIRST:
            array = onnx.numpy_helper.to_array(tensor).transpose(BATCH_FIRST[tensor.name])
            tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
    return moved


@pytest.mark.parametrize("case", RECURRENT[:-1], ids=str)
def test_batch_first(case: Case) -> None:
    """onnxruntime does not compute layout = 1, but the same with the axes exchanged."""
    feeds = random_feeds(case.model, 2)
    data = compile_tflite(batch_first(case.model), Options(quantize=False)).artifact.data
    moved = [
        {name: np.ascontiguousarray(x.transpose(BATCH_FIRST[name])) for name, x in feed.items()}
        for feed in feeds
    ]
    names = [output.name for output in case.model.graph.output]
    for found, wanted in zip(run(data, moved), expected(case.model, feeds)):
        for name, result, reference in zip(names, found, wanted):
            reference_ = reference.transpose(BATCH_FIRST[name])
            np.testing.assert_allclose(result, reference_, rtol=1e-4, atol=1e-5)


def test_axes_stay_as_they_lie() -> None:
    """Layers that are batch first in the framework they come from are so in the file."""
    batch_first = RECURRENT[-1]
    kernels = compile_tflite(batch_first.model, Options(quantize=False)).artifact.kernels
    assert "TRANSPOSE" not in kernels
    assert kernels[OPERATOR] == 1


def test_more_steps_than_can_be_unrolled() -> None:
    model, feeds = layer(steps=600), samples(1, 600)
    data = compile_tflite(model, Options(quantize=False)).artifact.data
    (found,), (wanted,) = run(data, feeds)[0], expected(model, feeds)[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("attributes", "inputs"),
    [
        (", clip = 2.0", "x, w, r, b"),
        (', activations = ["Sigmoid", "Tanh", "Relu"]', "x, w, r, b"),
        ("", "x, w, r, b, lengths"),
        ("", "x, scaled, r, b"),
    ],
)
def test_what_the_operator_does_not_compute_is_unrolled(attributes, inputs) -> None:
    model, feeds = layer(attributes, inputs), samples(2)
    artifact = compile_tflite(model, Options(quantize=False)).artifact
    assert OPERATOR not in artifact.kernels
    for (found,), (wanted,) in zip(run(artifact.data, feeds), expected(model, feeds)):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_unrolled_files_have_no_variables() -> None:
    model, feeds = layer(), samples(1)
    target = {"target": "tflite", "precision": "fp32"}
    whole = edgert.compile(model, **target)
    unrolled = edgert.compile(model, **target, target_options={"lstm": "unrolled"})
    noted = [any("lstm=unrolled" in note for note in report.notes) for report in (whole, unrolled)]
    assert noted == [True, False]
    assert OPERATOR not in unrolled.kernels
    for report in (whole, unrolled):
        [[found]], [[wanted]] = run(report.bundle, feeds), expected(model, feeds)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_a_layer_whose_input_is_constant_is_unrolled() -> None:
    """An interpreter would compute all that is before it once, and so the variables."""
    model = build(
        "(float[1,1,6] h) => (float[3,1,1,6] y)",
        "y = LSTM<hidden_size = 6>(x, w, r, , , h)",
        x=normal(3, 1, 4),
        w=normal(1, 24, 4),
        r=normal(1, 24, 6),
    )
    assert OPERATOR not in compile_tflite(model, Options(quantize=False)).artifact.kernels


def error(found: list[list[np.ndarray]], wanted: list[list[np.ndarray]]) -> float:
    difference = np.concatenate([a[0] - b[0] for a, b in zip(found, wanted)])
    return float(np.sqrt(np.mean(difference**2)) / np.std([b[0] for b in wanted]))


@pytest.mark.parametrize("calibrated", [False, True])
def test_int8_weights(calibrated: bool) -> None:
    model, feeds = layer(), samples(4, seed=1)
    compiled = compile_tflite(model, Options(calibration=samples(8) if calibrated else None))
    (variant,) = compiled.variants
    decisions = [variant.plan.precision(n.name) for n in variant.model.graph if n.op_type == "LSTM"]
    assert decisions == [Precision.DYNAMIC]
    assert compiled.artifact.constants_bytes < 4 * HIDDEN * (FEATURES + HIDDEN) * 1.5
    found = run(compiled.artifact.data, [*feeds, feeds[0]])
    assert error(found[:-1], expected(model, feeds)) < 0.03
    np.testing.assert_array_equal(found[0], found[-1])


def test_weights_that_are_not_finite_stay_float() -> None:
    model = layer()
    (w,) = (tensor for tensor in model.graph.initializer if tensor.name == "w")
    array = onnx.numpy_helper.to_array(w).copy()
    array[0, 0, 0] = np.inf
    w.CopyFrom(onnx.numpy_helper.from_array(array, "w"))
    report = edgert.compile(model, target="tflite")
    assert [node.precision for node in report.nodes if node.op == "LSTM"] == ["float"]
