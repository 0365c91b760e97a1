"""Element types, compiled and run, beside numpy and ml_dtypes: conversions and arithmetic."""

from __future__ import annotations

import itertools

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference.ops.op_cast import cast_to

import edgert

SMALL_FLOATS = ("FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "FLOAT8E8M0")
SMALL_FLOATS += ("FLOAT4E2M1",)
SMALL_INTEGERS = ("INT4", "UINT4", "INT2", "UINT2")
FLOATS = ("FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE")
INTEGERS = ("INT8", "UINT8", "INT32", "UINT64", "BOOL")


def numpy_type(name):
    return helper.tensor_dtype_to_np_dtype(getattr(TensorProto, name))


def run_node(op, x, source, target, **attributes):
    """One node on x, as a whole model: `x` is given, `y` is returned."""
    value = helper.make_tensor_value_info
    node = helper.make_node(op, ["x"], ["y"], to=getattr(TensorProto, target), **attributes)
    graph = helper.make_graph(
        [node],
        "types",
        [value("x", getattr(TensorProto, source), x.shape)],
        [value("y", getattr(TensorProto, target), x.shape)],
    )
    opset = helper.make_opsetid("", onnx.defs.onnx_opset_version())
    model = helper.make_model(graph, opset_imports=[opset])
    session = edgert.InferenceSession(edgert.compile(model, precision="fp32").bundle)
    (y,) = session.run(None, {"x": x})
    assert y.dtype == numpy_type(target)
    return y


def same(actual, expected):
    np.testing.assert_array_equal(actual.astype(np.float64), expected.astype(np.float64))


def numbers(target):
    """float32 around everything that the type holds, ties among them, and what it does not."""
    dtype = numpy_type(target)
    codes = np.arange(16 if target == "FLOAT4E2M1" else 256, dtype=np.uint8)
    held = codes.view(dtype).astype(np.float32)
    held = np.sort(held[np.isfinite(held)])
    ties = (held[1:].astype(np.float64) + held[:-1]) / 2
    near = np.nextafter(ties.astype(np.float32), np.float32(np.inf))
    beyond = np.array([np.inf, -np.inf, np.nan, 1e9, -1e9, 1e-30, 0.0, -0.0])
    found = np.concatenate([held, ties, near, beyond]).astype(np.float32)
    return np.abs(found) if target == "FLOAT8E8M0" else found


@pytest.mark.parametrize("saturate", [1, 0])
@pytest.mark.parametrize("source", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("target", SMALL_FLOATS[:4])
def test_to_small_floats(target, source, saturate):
    x = numbers(target).astype(numpy_type(source))
    expected = cast_to(x, getattr(TensorProto, target), bool(saturate))
    same(run_node("Cast", x, source, target, saturate=saturate), expected)


def test_to_four_bit_floats():
    x = numbers("FLOAT4E2M1")
    same(run_node("Cast", x, "FLOAT", "FLOAT4E2M1"), x.astype(ml_dtypes.float4_e2m1fn))


@pytest.mark.parametrize("mode", ["up", "down", "nearest"])
def test_to_powers_of_two(mode):
    x = (np.random.default_rng(1).random(99) * 2.0 ** np.arange(-49, 50)).astype(np.float32)
    expected = cast_to(x, TensorProto.FLOAT8E8M0, True, mode)
    same(run_node("Cast", x, "FLOAT", "FLOAT8E8M0", round_mode=mode), expected)


@pytest.mark.parametrize("target", ["FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"])
@pytest.mark.parametrize("source", SMALL_FLOATS)
def test_from_small_floats(source, target):
    codes = np.arange(16 if source == "FLOAT4E2M1" else 256, dtype=np.uint8)
    x = codes.view(numpy_type(source))
    with np.errstate(over="ignore"):
        expected = x.astype(np.float32).astype(numpy_type(target))
    same(run_node("Cast", x, source, target), expected)


@pytest.mark.parametrize("other", ["FLOAT", "FLOAT16", *INTEGERS])
@pytest.mark.parametrize("small", SMALL_INTEGERS)
def test_small_integers(small, other):
    limits = ml_dtypes.iinfo(numpy_type(small))
    held = np.arange(int(limits.min), int(limits.max) + 1)
    x = held.astype(np.int8).astype(numpy_type(small))
    same(run_node("Cast", x, small, other), held.astype(numpy_type(other)))
    y = np.abs(held).astype(numpy_type(other))
    modulo = y.astype(np.float64).astype(np.int64).astype(numpy_type(small))
    same(run_node("Cast", y, other, small), modulo)


@pytest.mark.parametrize(
    ("source", "target"), [p for p in itertools.permutations(FLOATS, 2) if "BFLOAT16" in p]
)
def test_bfloat16(source, target):
    rng = np.random.default_rng(2)
    x = np.concatenate(
        [rng.standard_normal(500) * 100, [np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-40]]
    )
    with np.errstate(over="ignore"):
        x = x.astype(np.float32).astype(numpy_type(source))
        expected = x.astype(np.float32).astype(numpy_type(target))
    same(run_node("Cast", x, source, target), expected)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("FLOAT", "INT32"),
        ("INT32", "FLOAT"),
        ("DOUBLE", "UINT64"),
        ("BFLOAT16", "INT16"),
        ("UINT8", "INT8"),
        ("FLOAT8E5M2", "UINT8"),
    ],
)
def test_bit_cast(source, target):
    x = np.random.default_rng(3).standard_normal((3, 5)) * 50
    x = np.abs(x).astype(numpy_type(source)) if source == "UINT8" else x.astype(numpy_type(source))
    y = run_node("BitCast", x, source, target)
    assert y.tobytes() == x.tobytes()


def run_graph(nodes, feed, constants=None, output=None, shape=None):
    """(operator, inputs, output, attributes) on arrays; the last output is returned."""
    types = {n: helper.np_dtype_to_tensor_dtype(a.dtype) for n, a in feed.items()}
    result = types[next(iter(feed))] if output is None else output
    if shape is None:
        shape = np.broadcast_shapes(*(array.shape for array in feed.values()))
    graph = helper.make_graph(
        [helper.make_node(op, i.split(), [o], **attributes) for op, i, o, attributes in nodes],
        "arithmetic",
        [helper.make_tensor_value_info(n, types[n], a.shape) for n, a in feed.items()],
        [helper.make_tensor_value_info(nodes[-1][2], result, shape)],
        [onnx.numpy_helper.from_array(a, n) for n, a in (constants or {}).items()],
    )
    opset = helper.make_opsetid("", 22)
    report = edgert.compile(
        helper.make_model(graph, opset_imports=[opset], ir_version=10), precision="fp32"
    )
    return edgert.InferenceSession(report.bundle).run(None, feed)[0], report


DOUBLES = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Max": np.maximum,
    "Min": np.minimum,
    "Less": np.less,
    "Equal": np.equal,
    "Sqrt": np.sqrt,
    "Floor": np.floor,
    "Round": np.rint,
    "Abs": np.abs,
    "Reciprocal": np.reciprocal,
}


@pytest.mark.parametrize("op", DOUBLES)
def test_arithmetic_on_doubles_is_exact(op):
    function = DOUBLES[op]
    rng = np.random.default_rng(8)
    a = np.abs(rng.standard_normal((3, 37)) * 10.0 ** rng.integers(-200, 200, (3, 37)))
    b = a * (1 + rng.integers(-2, 3, (3, 37)) * 2.0**-52)
    feed = {"a": a, "b": b} if function.nin == 2 else {"a": a}
    with np.errstate(all="ignore"):
        expected = function(*feed.values())
    kind = TensorProto.BOOL if expected.dtype == np.bool_ else TensorProto.DOUBLE
    y, report = run_graph([(op, " ".join(feed), "y", {})], feed, output=kind)
    np.testing.assert_array_equal(y, expected)
    assert not any("float64" in note for note in report.notes)


def test_limits_of_doubles_are_exact():
    a = np.array([0.05, 0.1, 0.7, 0.95])
    limits = {"low": np.array(0.1), "high": np.array(0.9)}
    y, _ = run_graph([("Clip", "a low high", "y", {})], {"a": a}, limits)
    np.testing.assert_array_equal(y, np.clip(a, 0.1, 0.9))


def test_other_operators_compute_doubles_in_float32_and_say_so():
    a = np.random.default_rng(9).standard_normal((4, 8))
    y, report = run_graph(
        [("Exp", "a", "e", {}), ("Add", "e a", "s", {}), ("ReduceSum", "s", "y", {"keepdims": 0})],
        {"a": a},
        shape=(),
    )
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, (np.exp(a) + a).sum(), rtol=1e-6)
    (note,) = (note for note in report.notes if "float64" in note)
    assert "float32" in note
    assert "Exp" in note
    assert "ReduceSum" in note


@pytest.mark.parametrize("op", ["Div", "Mod"])
def test_division_of_unsigned_integers(op):
    rng = np.random.default_rng(10)
    edges = np.array([1, 2, 3, 2**31, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1], np.uint64)
    a = np.concatenate([edges, rng.integers(0, 2**64, 40, np.uint64)])[:, None]
    b = np.concatenate([edges, rng.integers(1, 2**34, 20, np.uint64)])[None, :]
    y, _ = run_graph([(op, "a b", "y", {})], {"a": a, "b": b})
    np.testing.assert_array_equal(y, a // b if op == "Div" else a % b)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_narrow_floats_compute_as_float32_does(dtype):
    """Conv, BatchNormalization and Relu in a narrow type: fused, rounded once at the end."""
    rng = np.random.default_rng(11)
    arrays = {
        "w": rng.standard_normal((8, 4, 3, 3)) * 0.2,
        "scale": rng.random(8) + 0.5,
        "shift": rng.standard_normal(8),
        "mean": rng.standard_normal(8),
        "variance": rng.random(8) + 0.5,
    }
    nodes = [
        ("Conv", "x w", "c", {"pads": [1] * 4}),
        ("BatchNormalization", "c scale shift mean variance", "b", {}),
        ("Relu", "b", "r", {}),
        ("Transpose", "r", "t", {"perm": [0, 2, 3, 1]}),
        ("Exp", "t", "y", {}),
    ]
    x = (rng.standard_normal((1, 4, 6, 6)) * 0.3).astype(dtype)
    narrow = {name: array.astype(dtype) for name, array in arrays.items()}
    y, report = run_graph(nodes, {"x": x}, narrow, shape=(1, 6, 6, 8))
    wide = {name: array.astype(np.float32) for name, array in narrow.items()}
    expected, _ = run_graph(nodes, {"x": x.astype(np.float32)}, wide, shape=(1, 6, 6, 8))
    assert y.dtype == dtype
    same(y, expected.astype(dtype))
    assert [node.op for node in report.nodes].count("Cast") == 2
    assert "Relu" not in [node.op for node in report.nodes]


@pytest.mark.parametrize("op", ["ReduceMax", "ReduceMin"])
def test_extremes_of_truth_values(op):
    a = np.array([[True, False], [True, True], [False, False]])
    y, _ = run_graph(
        [(op, "a axes", "y", {"keepdims": 0})], {"a": a}, {"axes": np.array([1])}, shape=(3,)
    )
    np.testing.assert_array_equal(y, a.any(1) if op == "ReduceMax" else a.all(1))


def _log_sum_exp(x):
    largest = x.max(1)
    return np.log(np.exp(x - largest[:, None]).sum(1)) + largest


ROOTS = {
    "ReduceL2": lambda x: np.sqrt(np.square(x).sum(1)),
    "ReduceLogSum": lambda x: np.log(x.sum(1)),
    "ReduceLogSumExp": _log_sum_exp,
}


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint32])
@pytest.mark.parametrize("op", ROOTS)
def test_roots_and_logarithms_of_integers_are_cut_off(op, dtype):
    """As a float64 computation that is converted at the end; onnxruntime's own, too, where exp is
    not rounded to integers in between."""
    rng = np.random.default_rng(13)
    for low, high in ((1, 9), (-9, 9), (-20, -10), (1, 2000)):
        if low < 0 and (np.iinfo(dtype).min == 0 or op == "ReduceLogSum"):
            continue
        x = rng.integers(low, high, (40, 5)).astype(dtype)
        model = helper.make_model(
            helper.make_graph(
                [helper.make_node(op, ["x"], ["y"], axes=[1], keepdims=0)],
                "roots",
                [
                    helper.make_tensor_value_info(
                        "x", helper.np_dtype_to_tensor_dtype(x.dtype), x.shape
                    )
                ],
                [
                    helper.make_tensor_value_info(
                        "y", helper.np_dtype_to_tensor_dtype(x.dtype), [40]
                    )
                ],
            ),
            opset_imports=[helper.make_opsetid("", 17)],
            ir_version=8,
        )
        (y,) = edgert.InferenceSession(edgert.compile(model, precision="fp32").bundle).run(
            None, {"x": x}
        )
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, np.trunc(ROOTS[op](x.astype(np.float64))).astype(dtype))


@pytest.mark.parametrize("power", [1, 5, 13, 17, 21])
def test_logarithms_of_integers_beside_a_power_of_e(power):
    least = int(np.ceil(np.exp(np.float64(power))))
    x = np.array([[least - 1], [least]], np.int32)
    y, _ = run_graph(
        [("ReduceLogSum", "x axes", "y", {"keepdims": 0})],
        {"x": x},
        {"axes": np.array([1])},
        shape=(2,),
    )
    assert y.tolist() == [power - 1, power]
