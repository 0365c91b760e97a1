"""Binding of symbolic dimensions."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from edgert.errors import CompileError
from edgert_compiler.graph.metadata import notes
from edgert_compiler.importer import load_model


def parse(signature: str, body: str = "y = Add(a, b)") -> onnx.ModelProto:
    return onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 17]> m {signature} {{ {body} }}'
    )


TWO = "(float[N,T] a, float[N,T] b) => (float[N,T] y)"


def shapes(model) -> list[list[int]]:
    return [list(v.shape) for v in (*model.graph.inputs, *model.graph.outputs)]


def test_a_symbol_bound_once_is_bound_everywhere():
    model = load_model(parse(TWO), {"a": (4, 5)})
    assert shapes(model) == [[4, 5]] * 3
    assert notes(model) == []


def test_a_leading_batch_becomes_one_and_is_noted():
    signature = "(float[N,3] a, float[?,3] b) => (float[N,3] y)"
    model = load_model(parse(signature))
    assert shapes(model) == [[1, 3]] * 3
    assert len(notes(model)) == 2
    assert notes(model.clone()) == notes(model)
    assert "'a' [N, 3]: batch set to 1 (--input-shape a:1,3)" in notes(model)[0]


def test_a_batch_given_for_one_input_holds_for_the_other():
    signature = "(float[N,3] a, float[N,3] b) => (float[N,3] y)"
    assert shapes(load_model(parse(signature), {"b": (2, 3)})) == [[2, 3]] * 3


def test_all_unbound_inputs_are_listed_with_the_option():
    signature = "(float[N,T] a, float[1,T,?] b, float[2] c) => (float[N,T] y)"
    with pytest.raises(CompileError) as raised:
        load_model(parse(signature, "y = Abs(a) z = Abs(b) w = Abs(c)"))
    message = str(raised.value)
    assert "'a' is [N, T], 'b' is [1, T, ?]; give" in message
    assert message.endswith("--input-shape a:1,64 --input-shape b:1,64,64")
    assert "'c'" not in message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"z": (1,)}, "names 'z', but the inputs are: a, b"),
        ({"a": (1, 2, 3)}, "has 2 dimensions .* gives 3"),
        ({"a": (2, 3), "b": (4, 3)}, "a dimension is 2, not 4"),
        ({"a": (-1, 3)}, "negative"),
    ],
)
def test_shapes_that_do_not_fit(given, message):
    with pytest.raises(CompileError, match=message):
        load_model(parse(TWO), given)


def test_a_fixed_dimension_cannot_be_changed():
    with pytest.raises(CompileError, match="a dimension is 3, not 4"):
        load_model(parse("(float[1,3] a) => (float[1,3] y)", "y = Abs(a)"), {"a": (1, 4)})


def test_shapes_that_contradict_each_other_name_the_node():
    signature = "(float[N,2] a, float[M,3] b) => (float[N,?] y)"
    with pytest.raises(CompileError, match=r"node 'Add_y' \(Add, .*'a' float32 \[1, 2\], 'b'"):
        load_model(parse(signature))


def test_initializers_that_are_also_inputs_are_constants():
    proto = parse("(float[2] a, float[2] b) => (float[2] y)")
    proto.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(2, np.float32), "b"))
    model = load_model(proto)
    assert [v.name for v in model.graph.inputs] == ["a"]
    assert list(model.graph.initializers) == ["b"]


def test_inputs_that_are_no_tensors_are_named():
    proto = parse(
        "(seq(float[2]) a) => (float[2] y)", "i = Constant<value_int=0>() y = SequenceAt(a, i)"
    )
    with pytest.raises(CompileError, match="input 'a' is of type sequence of float32: "):
        load_model(proto)


def test_models_from_scikit_learn_get_shapes_behind_operators_without_inference():
    body = "s = ai.onnx.ml.Scaler<offset=[1.0], scale=[2.0]>(x) y = Softmax<axis=1>(s)"
    proto = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 11, "ai.onnx.ml" : 1]> '
        f"m (float[N,3,2] x) => (float[N,3,2] y) {{ {body} }}"
    )
    model = load_model(proto)
    assert [n.op_type for n in model.graph] == ["Sub", "Mul", "Reshape", "Softmax", "Reshape"]
    assert shapes(model) == [[1, 3, 2]] * 2


def test_bounds_of_range_may_be_vectors_of_one_element():
    bounds = {name: np.array([n]) for name, n in (("from", 2), ("to", 8), ("by", 3))}
    model = parse("(int64[2] x) => (int64[2] y)", "r = Range(from, to, by) y = Add(x, r)")
    for name, array in bounds.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    imported = load_model(model)
    [add] = imported.graph
    assert add.inputs[1].const_value.numpy().tolist() == [2, 5]
