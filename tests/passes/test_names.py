"""What keeps its name: values, constants that are only rearranged, and original nodes."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize

from .cases import build, normal, positive

W = {"w": normal(4, 4, 3, 3), "b": normal(4)}


def optimized(signature, body, node_names=(), **constants):
    model = build(signature, body, **constants)
    for node, name in zip(model.graph.node, node_names):
        node.name = name
    return optimize(load_model(model))


def test_a_fused_node_has_the_last_operators_value_and_all_nodes_names():
    model = optimized(
        "(float[1,4,8,8] x, float[1,4,8,8] r) => (float[1,4,8,8] y)",
        "a = Conv<pads=[1,1,1,1]>(x, w, b) c = BatchNormalization(a, g, g, g, v) d = Add(c, r)"
        "e = Relu(d) f = Conv<pads=[1,1,1,1]>(e, w, b) y = Relu(f)",
        ["conv1", "bn1", "add1", "relu1", "conv2", "relu2"],
        **W,
        g=normal(4),
        v=positive(4),
    )
    first, second = model.graph
    assert first.name == "conv1+bn1+add1+relu1"
    assert first.outputs[0].name == "e"
    assert second.name == "conv2+relu2"
    assert second.outputs[0].name == "y"
    assert second.inputs[1].name == "w"
    assert first.inputs[1].name == "w_folded"


def test_a_transposed_weight_keeps_its_name():
    model = optimized(
        "(float[2,8] x) => (float[2,3] y)",
        "y = Gemm<transB=1>(x, w, b)",
        w=normal(3, 8),
        b=normal(3),
    )
    (gemm,) = model.graph
    assert [v.name for v in gemm.inputs] == ["x", "w", "b"]
    assert gemm.inputs[1].shape == [8, 3]


def test_a_constant_transposed_by_a_node_keeps_its_name():
    model = optimized(
        "(float[2,8] x) => (float[2,3] y)", "t = Transpose(w) y = MatMul(x, t)", w=normal(3, 8)
    )
    assert [v.name for v in model.graph.node(0).inputs] == ["x", "w"]


def test_a_transposed_weight_that_is_read_elsewhere_gets_another_name():
    model = optimized(
        "(float[3,8] x) => (float[3,3] y, float[3,8] z)",
        "y = Gemm<transB=1>(x, w) z = Mul(x, w)",
        w=normal(3, 8),
    )
    assert sorted(model.graph.initializers) == ["w", "w_2"]


@pytest.mark.parametrize(
    "body",
    [
        "y = Identity(x)",
        "a = Relu(x) y = Identity(a)",
        "y = Identity(c)",
        "y = Add(c, c)",
        "a = Dropout(x) y = Reshape(a, s)",
        "a = Transpose(x) y = Transpose(a)",
    ],
)
def test_outputs_keep_their_names_whatever_disappears(body):
    model = optimized(
        "(float[2,3] x) => (float[2,3] y)", body, c=normal(2, 3), s=np.array([2, 3], np.int64)
    )
    assert [v.name for v in model.graph.inputs] == ["x"]
    assert [v.name for v in model.graph.outputs] == ["y"]


def test_two_outputs_with_one_value_stay_two():
    model = optimized("(float[2] x) => (float[2] y, float[2] z)", "y = Relu(x) z = Relu(x)")
    assert [v.name for v in model.graph.outputs] == ["y", "z"]


def test_nameless_nodes_are_named_after_operator_and_output():
    model = load_model(build("(float[2] x) => (float[2] y)", "y = Relu(x)"))
    assert [node.name for node in model.graph] == ["Relu_y"]


def test_duplicate_names_get_a_number():
    proto = build("(float[2] x) => (float[2] y)", "a = Relu(x) b = Exp(a) y = Abs(b)")
    for node in proto.graph.node:
        node.name = "n"
    onnx.checker.check_model(proto)
    assert [node.name for node in load_model(proto).graph] == ["n", "n_2", "n_3"]
