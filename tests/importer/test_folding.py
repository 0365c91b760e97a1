"""Shape inference and constant folding in one walk."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from edgert.errors import CompileError
from edgert_compiler.importer import load_model


def parse(signature: str, body: str, opset: int = 17, **constants) -> onnx.ModelProto:
    proto = onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : {opset}]> m {signature} {{ {body} }}'
    )
    for name, array in constants.items():
        proto.graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
    return proto


def ops(model) -> list[str]:
    return [node.op_type for node in model.graph]


def test_shape_arithmetic_resolves_in_one_walk():
    body = """s = Shape(x) n = Gather(s, zero) u = Unsqueeze(n, axes) c = Concat<axis=0>(u, rest)
        r = Reshape(x, c) t = Shape<start=1>(r) e = ConstantOfShape(t) y = Add(r, e)"""
    proto = parse(
        "(float[N,3,4] x) => (float[N,?] y)",
        body,
        zero=np.int64(0),
        axes=np.array([0]),
        rest=np.array([-1]),
    )
    model = load_model(proto)
    assert ops(model) == ["Reshape", "Add"]
    assert list(model.graph.outputs[0].shape) == [1, 12]


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("value_float=2.5", np.float32(2.5)),
        ("value_int=3", np.int64(3)),
        ("value_ints=[1,2]", np.array([1, 2])),
        ("value_floats=[1.0,2.0]", np.array([1, 2], np.float32)),
        ("value=float[1,2] {1, 2}", np.array([[1, 2]], np.float32)),
    ],
)
def test_constant_nodes_become_initializers(attribute, expected):
    dtype = "int64" if expected.dtype == np.int64 else "float"
    shape = ",".join(map(str, expected.shape))
    kind = f"{dtype}[{shape}]" if shape else dtype
    proto = parse(f"({kind} x) => ({kind} y)", f"c = Constant<{attribute}>() y = Add(x, c)")
    model = load_model(proto)
    assert ops(model) == ["Add"]
    constant = model.graph.initializers["c"].const_value.numpy()
    assert constant.dtype == expected.dtype
    np.testing.assert_array_equal(constant, expected)


def test_large_expansions_stay_nodes():
    body = "big = Expand(c, s) y = Add(x, big)"
    shape = np.array([1024, 1024], np.int64)
    big = parse("(float[1024,1024] x) => (float[1024,1024] y)", body, c=np.float32(1), s=shape)
    assert ops(load_model(big)) == ["Expand", "Add"]
    small = parse("(float[8,8] x) => (float[8,8] y)", body, c=np.float32(1), s=shape // 128)
    assert ops(load_model(small)) == ["Add"]


def test_large_constants_fold_where_nothing_grows():
    w = np.zeros((1024, 512), np.float32)
    proto = parse(
        "(float[2,1024] x) => (float[2,512] y)",
        "t = Transpose(w) u = Transpose(t) y = MatMul(x, u)",
        w=w,
    )
    assert ops(load_model(proto)) == ["MatMul"]


def test_quantization_of_constants_is_kept():
    body = "w = DequantizeLinear(q, s, z) y = MatMul(x, w)"
    proto = parse(
        "(float[2,4] x) => (float[2,3] y)",
        body,
        q=np.ones((4, 3), np.int8),
        s=np.float32(0.5),
        z=np.int8(0),
    )
    assert ops(load_model(proto)) == ["DequantizeLinear", "MatMul"]


def test_a_constant_output_is_identity_of_an_initializer():
    proto = parse(
        "(float[2] x) => (float[2] y, float[2] z)",
        "z = Add(c, c) y = Mul(x, z)",
        c=np.array([1, 2], np.float32),
    )
    model = load_model(proto)
    assert sorted(ops(model)) == ["Identity", "Mul"]
    assert [v.name for v in model.graph.outputs] == ["y", "z"]
    identity = next(n for n in model.graph if n.op_type == "Identity")
    np.testing.assert_array_equal(identity.inputs[0].const_value.numpy(), [2, 4])


def test_sequences_of_constants_are_not_taken_for_tensors():
    body = "s = SequenceConstruct(c, c) t = ConcatFromSequence<axis=0>(s) y = Add(x, t)"
    proto = parse("(float[4] x) => (float[4] y)", body, c=np.ones(2, np.float32))
    (add,) = load_model(proto).graph
    np.testing.assert_array_equal(add.inputs[1].const_value.numpy(), np.ones(4))


def test_strings_stay_for_the_report():
    body = "t = Cast<to=8>(c) u = Cast<to=1>(t) y = Add(x, u)"
    proto = parse("(float[2] x) => (float[2] y)", body, c=np.ones(2, np.float32))
    assert ops(load_model(proto)) == ["Cast", "Cast", "Add"]


def test_string_constants_are_carried_along():
    labels = np.array(["cat", "dog"], object)
    proto = parse("(int64[1] x) => (string[1] y)", "y = Gather(labels, x)", labels=labels)
    assert ops(load_model(proto)) == ["Gather"]


def test_the_long_name_of_the_default_domain():
    proto = parse(
        "(float[2,3] x) => (float[2,3] y)", "a = Softmax(x) y = Clip<max=1.0>(a)", opset=9
    )
    proto.opset_import[0].domain = "ai.onnx"
    model = load_model(proto)
    assert ops(model) == ["Softmax", "Clip"]
    assert model.graph.opset_imports[""] >= 11


def test_random_numbers_are_not_constants():
    proto = parse("(float[2] x) => (float[2] y)", "r = RandomNormal<shape=[2]>() y = Add(x, r)")
    assert ops(load_model(proto)) == ["RandomNormal", "Add"]


@pytest.mark.parametrize(("condition", "expected"), [(True, "Relu"), (False, "Exp")])
def test_a_constant_condition_takes_its_branch(condition, expected):
    body = """y = If(c) <
        then_branch = yes () => (float[4] t) { a = Relu(x) t = Add(a, a) },
        else_branch = no () => (float[4] t) { a = Exp(x) t = Add(a, a) }
    >"""
    proto = parse("(float[4] x) => (float[4] y)", body, c=np.bool_(condition))
    model = load_model(proto)
    assert ops(model) == [expected, "Add"]
    assert model.graph.outputs[0].name == "y"
    assert list(model.graph.outputs[0].shape) == [4]


def test_nested_and_repeated_branches_get_unique_names():
    inner = """t = If(c) <
        then_branch = yes () => (float[4] u) { a = Relu(x) u = Abs(a) },
        else_branch = no () => (float[4] v) { v = Exp(x) }
    >"""
    body = f"""p = If(c) <
        then_branch = first () => (float[4] t) {{ {inner} }},
        else_branch = second () => (float[4] w) {{ w = Exp(x) }}
    > q = If(c) <
        then_branch = yes () => (float[4] u) {{ a = Relu(x) u = Neg(a) }},
        else_branch = no () => (float[4] v) {{ v = Exp(x) }}
    > y = Add(p, q)"""
    model = load_model(parse("(float[4] x) => (float[4] y)", body, c=np.bool_(True)))
    assert ops(model) == ["Relu", "Abs", "Relu", "Neg", "Add"]
    names = [v.name for node in model.graph for v in node.outputs]
    assert len(set(names)) == len(names)


def test_a_constant_that_cannot_be_evaluated_names_the_node():
    body = "i = Gather(c, far) y = Add(x, i)"
    proto = parse("(float[2] x) => (float[2] y)", body, c=np.ones(3, np.float32), far=np.int64(9))
    with pytest.raises(CompileError, match=r"node 'Gather_i' \(Gather, .* 9 .* axis 0 of 3"):
        load_model(proto)
