"""Cast and BitCast between all element types, compiled and run, beside numpy and ml_dtypes."""

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
