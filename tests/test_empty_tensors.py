"""Tensors without elements: inputs and outputs may be, and nothing in between is computed."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert
from edgert.bundle import BundleReader


def model(nodes, inputs, outputs, constants=None) -> onnx.ModelProto:
    def values(ports):
        return [helper.make_tensor_value_info(n, t, shape) for n, (t, shape) in ports.items()]

    initializers = [numpy_helper.from_array(np.asarray(a), n) for n, a in (constants or {}).items()]
    graph = helper.make_graph(nodes, "g", values(inputs), values(outputs), initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


F, S64 = TensorProto.FLOAT, TensorProto.INT64
node = helper.make_node
AXIS = {"axis": np.array([1])}

CASES = {
    "empty input and output": model(
        [node("Reshape", ["x", "shape"], ["y"], allowzero=1)],
        {"x": (F, [0, 4])},
        {"y": (F, [3, 0])},
        {"shape": np.array([3, 0])},
    ),
    "reductions give their identity": model(
        [
            node("ReduceSum", ["x", "axis"], ["sum"]),
            node("ReduceProd", ["x", "axis"], ["product"]),
            node("Add", ["sum", "z"], ["y"]),
        ],
        {"x": (F, [2, 0, 3]), "z": (F, [2, 1, 3])},
        {"y": (F, [2, 1, 3]), "product": (F, [2, 1, 3])},
        AXIS,
    ),
    "a part of a concatenation": model(
        [node("Relu", ["x"], ["r"]), node("Concat", ["r", "z"], ["y"], axis=1)],
        {"x": (F, [2, 0]), "z": (F, [2, 3])},
        {"y": (F, [2, 3])},
    ),
    "a part of a split": model(
        [node("Split", ["z", "sizes"], ["a", "b"], axis=1), node("Neg", ["a"], ["c"])],
        {"z": (F, [2, 3])},
        {"b": (F, [2, 3]), "c": (F, [2, 0])},
        {"sizes": np.array([0, 3])},
    ),
    "a chain of nothing": model(
        [
            node("Sigmoid", ["x"], ["a"]),
            node("MatMul", ["a", "z"], ["b"]),
            node("Cast", ["b"], ["y"], to=S64),
        ],
        {"x": (F, [0, 2]), "z": (F, [2, 3])},
        {"y": (S64, [0, 3])},
    ),
    "an inner product of length zero": model(
        [node("MatMul", ["x", "z"], ["p"]), node("Add", ["p", "bias"], ["y"])],
        {"x": (F, [2, 0]), "z": (F, [0, 3]), "bias": (F, [3])},
        {"y": (F, [2, 3])},
    ),
}


def feed(made: onnx.ModelProto) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = {
        v.name: [dim.dim_value for dim in v.type.tensor_type.shape.dim] for v in made.graph.input
    }
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("name", CASES)
def test_as_onnxruntime(name, precision):
    made = CASES[name]
    given = feed(made)
    session = edgert.InferenceSession(edgert.compile(made, precision=precision).bundle)
    expected = onnxruntime.InferenceSession(made.SerializeToString()).run(None, given)
    assert [port.name for port in session.get_inputs()] == list(given)
    for output, reference in zip(session.run(None, given), expected):
        assert output.dtype == reference.dtype
        assert output.shape == reference.shape
        np.testing.assert_allclose(output, reference, rtol=1e-6)


def test_shape_of_a_scalar():
    made = model([node("Shape", ["x"], ["y"])], {"x": (F, [])}, {"y": (S64, [0])})
    session = edgert.InferenceSession(edgert.compile(made).bundle)
    [y] = session.run(None, {"x": np.float32(3)})
    assert y.shape == (0,)


def test_nothing_is_computed_for_nothing():
    report = edgert.compile(CASES["a chain of nothing"])
    assert not BundleReader(report.bundle).root.programs[0].calls


def test_open_dimensions_may_be_bound_to_zero():
    made = model([node("Neg", ["x"], ["y"])], {"x": (F, ["N", 4])}, {"y": (F, ["N", 4])})
    sets = [{"x": (0, 4)}, {"x": (2, 4)}]
    session = edgert.InferenceSession(edgert.compile(made, input_shapes=sets).bundle)
    for shapes in sets:
        x = np.ones(shapes["x"], np.float32)
        np.testing.assert_array_equal(session.run(None, {"x": x})[0], -x)
