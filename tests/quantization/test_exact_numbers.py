"""Quantized models give the numbers that onnxruntime gives; in float, where int8 has other ones."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert
from edgert.errors import CompileError

from .quantized import (
    DTYPES,
    PRODUCTS,
    activation,
    build,
    check,
    limits,
    made,
    middle,
    ports,
    qdq,
    reference,
    span,
    weights_of,
)

pytestmark = pytest.mark.filterwarnings("error")

RNG = np.random.default_rng(3)
X = RNG.standard_normal((4, 64)).astype(np.float32)
W = (RNG.standard_normal((64, 32)) / 8).astype(np.float32)
PAIR = [("QuantizeLinear", "x s z", "q"), ("DequantizeLinear", "q s z", "d")]
PAIRED_X = [("QuantizeLinear", "x xs xz", "xq"), ("DequantizeLinear", "xq xs xz", "xd")]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def float8(name: str, values: np.ndarray) -> onnx.TensorProto:
    kind = TensorProto.FLOAT8E4M3FN
    return helper.make_tensor(name, kind, values.shape, values.astype(float).reshape(-1).tolist())


@pytest.mark.parametrize("zero_points", ["lowest", "middle", "random"])
@pytest.mark.parametrize("per_channel", [False, True], ids=["tensor", "channel"])
@pytest.mark.parametrize("weight", ["int8", "uint8", "int4", "uint4"])
@pytest.mark.parametrize("product", PRODUCTS)
def test_weights(product, weight, per_channel, zero_points):
    """Over the whole type, -128 included: the integers of the model, whatever the zero point."""
    model, feed, step = qdq(
        PRODUCTS[product], weight=weight, per_channel=per_channel, zero_points=zero_points
    )
    assert check(model, feed, step) == {"int8": ""}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("dtype", ["int8", "int4", "uint4"])
def test_activations_that_int8_holds(dtype, product):
    model, feed, step = qdq(PRODUCTS[product], dtype)
    assert check(model, feed, step) == {"int8": ""}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("result", ["int16", "uint16", "uint8"])
@pytest.mark.parametrize("dtype", ["int16", "uint16"])
def test_activations_of_16_bits_are_float(dtype, result, product):
    model, feed, step = qdq(PRODUCTS[product], dtype, result=result)
    found = check(model, feed, step, off=0.02)
    assert found == {"float": f"the model quantizes 'xd' to {dtype}"}


@pytest.mark.parametrize("product", PRODUCTS)
def test_int8_products_may_have_results_of_16_bits(product):
    model, feed, step = qdq(
        PRODUCTS[product], "uint8", "uint8", result="int16", zero_points="random"
    )
    assert check(model, feed, step, off=0.02) == {"int8": ""}


@pytest.mark.parametrize("product", ["conv", "depthwise", "transposed", "matmul"])
@pytest.mark.parametrize("weight", ["int16", "uint16"])
def test_weights_of_16_bits_are_float(weight, product):
    model, feed, step = qdq(PRODUCTS[product], weight=weight, zero_points="random")
    assert check(model, feed, step) == {"float": f"the model has its weights in {weight}"}


def test_sixteen_bits_of_activations_are_not_eight():
    """The first and the last value of 16 bits are 65535 steps apart, and neighbours differ."""
    feed = {"x": np.linspace(-1, 1, 4096, dtype=np.float32).reshape(64, 64)}
    constants = {"w": np.eye(64, 64, dtype=np.float32), **activation("x", "int16", 1)}
    model = build([*PAIRED_X, ("MatMul", "xd w", "y")], constants, feed)
    session = edgert.InferenceSession(edgert.compile(model).bundle)
    result = session.run(None, feed)[0]
    assert len(np.unique(result)) == 4096
    np.testing.assert_allclose(result, feed["x"], atol=1.001 / 65535)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
@pytest.mark.parametrize("blocks", [False, True], ids=["axis", "blocks"])
@pytest.mark.parametrize("zero", ["equal", "different"])
def test_activations_with_several_scales_are_float(dtype, blocks, zero, rng):
    shape = (4, 4) if blocks else (64,)
    zeros = np.full(shape, middle(dtype))
    if zero == "different":
        zeros += rng.integers(-9, 10, shape)
    attributes = {"axis": 1, **({"block_size": 16} if blocks else {})}
    nodes = [(*n, attributes) for n in PAIR]
    scales = (rng.uniform(4, 8, shape) / span(dtype)).astype(np.float32)
    constants = {"s": scales, "z": zeros.astype(DTYPES[dtype]), "w": W}
    model = build([*nodes, ("MatMul", "d w", "y")], constants, {"x": X})
    found = check(model, {"x": X}, 1e-4)
    assert found == {"float": f"the model quantizes 'd' to {dtype} with several scales"}


@pytest.mark.parametrize("dtype", ["int16", "uint16", "uint8"])
def test_onnxruntimes_own_spelling(dtype, rng):
    nodes = [(f"com.microsoft.{op}", *rest) for op, *rest in PAIRED_X]
    weights = weights_of(PRODUCTS["matmul"], "int8", rng)
    feed = {"x": X[:, :24].copy()}
    constants = {**weights, **activation("x", dtype, 4)}
    product = [("DequantizeLinear", "w ws wz", "wd", {"axis": 1}), ("MatMul", "xd wd", "y")]
    model = build([*nodes, *product], constants, feed)
    assert set(check(model, feed, 1e-3)) == {"int8" if dtype == "uint8" else "float"}


def test_floats_of_8_bits(rng):
    weights = (4 * rng.standard_normal((64, 32))).astype(ml_dtypes.float8_e4m3fn)
    constants = {
        "s": np.float32(0.01),
        "z": float8("z", np.zeros(())),
        "w": float8("w", weights),
        **activation("x", "uint8", 4),
    }
    dequantized = ("DequantizeLinear", "w s z", "wd")
    feed = {"x": X}
    model = build([*PAIR, dequantized, ("MatMul", "d wd", "y")], constants, feed)
    assert list(check(model, feed, 1e-4)) == ["float"]
    model = build([*PAIRED_X, dequantized, ("MatMul", "xd wd", "y")], constants, feed)
    reason = "the model has its weights in float8e4m3fn"
    assert check(model, feed, 1e-4) == {"float": reason}
    model = build([dequantized, ("MatMul", "x wd", "y")], constants, feed)
    assert check(model, feed, 1e-4) == {"float": reason}


@pytest.mark.parametrize(
    ("axis", "shape", "attributes", "reason"),
    [
        (0, (64,), {}, "along another axis than that of the outputs"),
        (0, (4, 64), {"block_size": 16}, "scales of blocks"),
    ],
    ids=["inputs", "blocks"],
)
def test_weights_whose_scales_are_not_of_the_outputs_are_float(
    axis, shape, attributes, reason, rng
):
    constants = {
        "w": rng.integers(-127, 128, (64, 64)).astype(np.int8),
        "ws": rng.uniform(0.001, 0.01, shape).astype(np.float32),
        **activation("x", "uint8", 4),
    }
    dequantized = ("DequantizeLinear", "w ws", "wd", {"axis": axis, **attributes})
    model = build([*PAIRED_X, dequantized, ("MatMul", "xd wd", "y")], constants, {"x": X})
    ((precision, found),) = check(model, {"x": X}, 1e-4).items()
    assert precision == "float"
    assert reason in found


@pytest.mark.parametrize("change", ["scaled", "normalized", "cut", "joined"])
def test_weights_that_rules_change_stay_the_integers_that_they_were(change, rng):
    chosen = PRODUCTS["conv"]
    constants = {
        **weights_of(chosen, "uint8", rng, zero_points="random"),
        **activation("x", "uint8", 4),
        "f": rng.uniform(0.1, 3, (12, 1, 1)).astype(np.float32),
        "v": rng.uniform(0.1, 3, 12).astype(np.float32),
        "n": np.array([4, 8]),
        **activation("y", "uint8", 20),
    }
    conv = ("Conv", "xd wd", "c")
    tail = {
        "scaled": [conv, ("Mul", "c f", "z")],
        "normalized": [conv, ("BatchNormalization", "c v v v v", "z")],
        "cut": [("Split", "wd n", "w1 w2", {"axis": 0}), ("Conv", "xd w2", "z")],
        "joined": [("Concat", "wd wd", "ww", {"axis": 0}), ("Conv", "xd ww", "z")],
    }[change]
    rounded = [("QuantizeLinear", "z ys yz", "zq"), ("DequantizeLinear", "zq ys yz", "y")]
    dequantized = ("DequantizeLinear", "w ws wz", "wd", {"axis": 0})
    feed = {"x": rng.standard_normal(chosen.x).astype(np.float32)}
    model = build([*PAIRED_X, dequantized, *tail, *rounded], constants, feed)
    assert check(model, feed, float(constants["ys"])) == {"int8": ""}


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
@pytest.mark.parametrize("per_channel", [False, True], ids=["tensor", "channel"])
def test_weights_that_the_model_quantizes_itself(dtype, per_channel):
    scale = np.abs(W).max(axis=0) * 2 / span(dtype)
    scale = scale.astype(np.float32) if per_channel else np.float32(scale.max())
    zero = np.broadcast_to(np.array(middle(dtype), DTYPES[dtype]), scale.shape)
    constants = {"w": W, "ws": scale, "wz": zero, **activation("x", "uint8", 4)}
    nodes = [
        *PAIRED_X,
        ("QuantizeLinear", "w ws wz", "wq", {"axis": 1}),
        ("DequantizeLinear", "wq ws wz", "wd", {"axis": 1}),
        ("MatMul", "xd wd", "y"),
    ]
    model = build(nodes, constants, {"x": X})
    assert set(check(model, {"x": X}, 1e-4)) == {"float" if dtype == "int16" else "int8"}


@pytest.mark.parametrize("weight", ["int8", "uint8"])
@pytest.mark.parametrize("per_channel", [False, True], ids=["tensor", "channel"])
@pytest.mark.parametrize("product", ["conv", "depthwise", "matmul", "deep"])
class TestIntegerOperators:
    @pytest.fixture
    def parts(self, product, weight, per_channel, rng):
        """(operator, attributes, constants, feed)"""
        chosen = PRODUCTS[product]
        constants = {
            **weights_of(chosen, weight, rng, per_channel=per_channel, zero_points="random"),
            "xs": np.float32(0.02),
            "xz": np.uint8(120),
            "ys": np.float32(0.05 * np.sqrt(np.prod(chosen.weights) / chosen.weights[chosen.axis])),
            "yz": np.uint8(128),
        }
        x = np.random.default_rng(5).standard_normal(chosen.x).astype(np.float32)
        return chosen.op, dict(chosen.attributes), constants, {"x": x}

    def test_qlinear(self, parts):
        op, attributes, constants, feed = parts
        nodes = [
            ("QuantizeLinear", "x xs xz", "q"),
            (f"QLinear{op}", "q xs xz w ws wz ys yz", "yq", attributes),
            ("DequantizeLinear", "yq ys yz", "y"),
        ]
        found = check(build(nodes, constants, feed), feed, float(constants["ys"]))
        assert found == {"int8": ""}

    def test_integer(self, parts):
        """Sums of integers, which have no scale, are exact at every precision."""
        op, attributes, constants, feed = parts
        x = np.clip(np.rint(feed["x"] * 60) + 120, 0, 255).astype(np.uint8)
        if op == "Conv" and constants["wz"].ndim:
            constants["wz"] = constants["wz"][0]  # as onnxruntime takes it
        nodes = [(f"{op}Integer", "x w xz wz", "i", attributes), ("Cast", "i", "y", {"to": 1})]
        model = build(nodes, constants, {"x": x})
        assert set(check(model, {"x": x}, 1.0, off=0)) == {"int8"}
        assert set(check(model, {"x": x}, 1.0, off=0, precision="fp32")) == {"float"}
        data = [{"x": x}, {"x": x[..., ::-1].copy()}]
        assert set(check(model, {"x": x}, 1.0, off=0, calibration=data)) == {"int8"}

    def test_dynamic(self, parts, product):
        op, attributes, constants, feed = parts
        if op == "Conv" and constants["wz"].ndim:
            constants["wz"], constants["ws"] = constants["wz"][0], constants["ws"][0]
        nodes = [
            ("DynamicQuantizeLinear", "x", "q s z"),
            (f"{op}Integer", "q w z wz", "i", attributes),
            ("Cast", "i", "f", {"to": 1}),
            ("Mul", "s ws", "sw"),
            ("Mul", "f sw", "y"),
        ]
        model = build(nodes, constants, feed)
        report = edgert.compile(model)
        actual = edgert.InferenceSession(report.bundle).run(None, feed)[0]
        dynamic = any(n.precision == "dynamic" for n in report.nodes)
        assert dynamic == (product == "conv")  # the others do too little with each element
        if not dynamic:  # x is not rounded
            axis = {"axis": PRODUCTS[product].axis}
            nodes = [("DequantizeLinear", "w ws wz", "wd", axis), (op, "x wd", "y", attributes)]
            model = build(nodes, constants, feed)
        expected = reference(model, feed)
        np.testing.assert_allclose(actual, expected, atol=2e-6 * np.abs(expected).max())


@pytest.mark.parametrize("moved", ["before", "after"])
def test_tables(moved, rng):
    constants = {
        "t": rng.integers(0, 256, (50, 32)).astype(np.uint8),
        "ws": np.float32(0.01),
        "wz": np.uint8(131),
    }
    nodes = [("DequantizeLinear", "t ws wz", "d"), ("Gather", "d i", "y")]
    if moved == "before":
        nodes = [("Gather", "t i", "g"), ("DequantizeLinear", "g ws wz", "y")]
    feed = {"i": np.array([1, 7, 3])}
    check(build(nodes, constants, feed), feed, 1e-6)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
def test_integer_inputs(dtype, rng):
    """int8 takes bytes as they are, and more bits are never quantized to eight while running."""
    low, high = limits(dtype)
    feed = {"x": rng.integers(low, high + 1, (4, 64)).astype(DTYPES[dtype])}
    chosen = PRODUCTS["matmul"]
    wide = {"w": rng.integers(-127, 128, (64, 256)).astype(np.int8), "ws": np.float32(0.01)}
    constants = {**weights_of(chosen, "int8", rng), **wide, **activation("x", dtype, 4)}
    nodes = [
        ("DequantizeLinear", "x xs xz", "xd"),
        ("DequantizeLinear", "w ws", "wd"),
        ("MatMul", "xd wd", "y"),
    ]
    model = build(nodes, constants, feed)
    expected = (
        {"int8": ""} if high - low == 255 else {"float": f"the model quantizes 'xd' to {dtype}"}
    )
    assert check(model, feed, 1e-3) == expected


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int4"])
@pytest.mark.parametrize("kind", ["if", "loop"])
def test_control_flow(kind, dtype, rng):
    x = (1.5 * rng.standard_normal((1, 16, 7, 7))).astype(np.float32)
    constants = {
        **activation("x", dtype, 4),
        **activation("y", dtype, 8),
        "w": rng.integers(-128, 128, (16, 16, 3, 3)).astype(np.int8),
        "ws": rng.uniform(1e-3, 2e-3, 16).astype(np.float32),
    }

    def quantized(value: str) -> list[tuple]:
        return [
            ("QuantizeLinear", f"{value} xs xz", "xq"),
            ("DequantizeLinear", "xq xs xz", "xd"),
            ("DequantizeLinear", "w ws", "wd", {"axis": 0}),
            ("Conv", "xd wd", "c", {"pads": [1] * 4}),
            ("QuantizeLinear", "c ys yz", "yq"),
            ("DequantizeLinear", "yq ys yz", "t"),
        ]

    flag = np.array(True)
    result = ports({"t": x})
    if kind == "if":
        feed = {"x": x, "condition": flag}
        branch = helper.make_graph(made(quantized("x")), "then", [], result)
        other = helper.make_graph(made([("Neg", "x", "t")]), "else", [], result)
        attributes = {"then_branch": branch, "else_branch": other}
        nodes = [("If", "condition", "y", attributes)]
    else:
        feed = {"x": x, "n": np.array(3)}
        begin = ports({"i": np.array(0), "go": flag, "state": x})
        inside = [*quantized("state"), ("Identity", "go", "go_on")]
        body = helper.make_graph(made(inside), "body", begin, [*ports({"go_on": flag}), *result])
        nodes = [("Loop", "n - x", "y", {"body": body})]
    # In float sums differ in last bits; each iteration reads what that makes of the one before.
    step, off = (2, 0.3) if (kind, dtype) == ("loop", "int16") else (1, 0.02)
    found = check(build(nodes, constants, feed), feed, step * float(constants["ys"]), off)
    assert set(found) == {"float" if dtype == "int16" else "int8"}


@pytest.mark.parametrize("dtype", ["uint8", "int16"])
def test_float_operators_read_rounded_values_too(dtype):
    """A coarse pair between float operators: onnxruntime rounds there, so edgert does."""
    constants = {**activation("x", dtype, 0.5 * span(dtype)), "w": W}  # steps of 1
    feed = {"x": (2 * X).astype(np.float32)}
    model = build([("Exp", "x", "e"), *PAIR_OF_E, ("Sqrt", "ed", "y")], constants, feed)
    check(model, feed, 1e-5)


PAIR_OF_E = [("QuantizeLinear", "e xs xz", "eq"), ("DequantizeLinear", "eq xs xz", "ed")]


def test_values_are_read_before_and_after_rounding():
    constants = {**activation("x", "uint8", 30), "w": W}
    nodes = [
        ("MatMul", "x w", "e"),
        *PAIR_OF_E,
        ("Sub", "e ed", "y"),
    ]
    weights = {"w": np.rint(64 * W).astype(np.float32) / 64}
    model = build(nodes, {**constants, **weights}, {"x": X})
    result = edgert.InferenceSession(edgert.compile(model).bundle).run(None, {"x": X})[0]
    assert 0.1 < np.abs(result).max() <= 0.5 * 60 / 255 * 1.01


def test_fp32_leaves_the_rounding_out():
    feed = {"x": X}
    constants = {"w": W, **activation("x", "int16", 4)}
    model = build([*PAIRED_X, ("MatMul", "xd w", "y")], constants, feed)
    report = edgert.compile(model, precision="fp32")
    assert set(report.kernels) <= {"conv2d_f32"}
    assert any("left out" in note for note in report.notes)
    result = edgert.InferenceSession(report.bundle).run(None, feed)[0]
    np.testing.assert_allclose(result, X @ W, atol=1e-5)


TINY = 1e-40


class TestScales:
    """Of any size: right numbers, or one error; never a warning (filterwarnings)."""

    def model(self, **changes: object):
        model, feed, step = qdq(PRODUCTS["conv"], zero_points="middle")
        for tensor in model.graph.initializer:
            if tensor.name in changes:
                array = numpy_helper.to_array(tensor).copy()
                change = changes[tensor.name]
                array = change(array) if callable(change) else np.full_like(array, change)
                tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
        return model, feed, step

    @pytest.mark.parametrize("value", [0, TINY, 1e-45, 1e-30, -0.005])
    @pytest.mark.parametrize("bias", [False, True], ids=["", "bias"])
    def test_of_weights(self, value, bias):
        def change(scales):
            scales[[1, 5]] = value
            return scales

        model, feed, step = self.model(ws=change, bs=1e-4 if bias else change)
        assert check(model, feed, step) == {"int8": ""}

    @pytest.mark.parametrize("name", ["xs", "ys"])
    @pytest.mark.parametrize("value", [0, TINY, 1e-30, 1e30, -0.03])
    def test_of_activations(self, name, value):
        model, feed, _ = self.model(**{name: value})
        expected = reference(model, feed)
        session = edgert.InferenceSession(edgert.compile(model).bundle)
        result = session.run(None, feed)[0]
        tolerance = abs(value) if name == "ys" else 1e-6
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=tolerance)

    @pytest.mark.parametrize("name", ["xs", "ws", "ys", "bs"])
    @pytest.mark.parametrize("value", [np.inf, np.nan])
    def test_not_finite(self, name, value):
        model, _, _ = self.model(**{name: value})
        with pytest.raises(CompileError, match=f"'{name}' is not finite") as caught:
            edgert.compile(model)
        assert "node '" in str(caught.value)


CALIBRATIONS = {
    "zeros": lambda x: 0 * x,
    "infinite": lambda x: np.where(x > 1.5, np.inf, x),
    "huge": lambda x: 1e37 * x,
    "overflowing": lambda x: 3e38 * np.sign(x),
    "denormal": lambda x: 1e-42 * x,
    "constant": lambda x: 0 * x + 3,
}


@pytest.mark.parametrize("kind", CALIBRATIONS)
@pytest.mark.parametrize("observer", ["mse", "min_max", "percentile"])
def test_calibration_data_of_any_size(kind, observer):
    model = build(
        [("MatMul", "x w", "a"), ("Relu", "a", "r"), ("MatMul", "r v", "y")],
        {"w": W, "v": W.T.copy()},
        {"x": X},
    )
    data = [{"x": CALIBRATIONS[kind](X).astype(np.float32)}]
    report = edgert.compile(model, calibration=data, observer=observer)
    result = edgert.InferenceSession(report.bundle).run(None, {"x": X})[0]
    assert np.isfinite(result).all()
    if kind in ("zeros", "infinite"):  # nothing to choose a range from
        np.testing.assert_allclose(result, reference(model, {"x": X}), atol=1e-5)


@pytest.mark.parametrize("value", [0, 1e-44, 1e-38, 1e36, np.inf, np.nan])
@pytest.mark.parametrize("where", ["channel", "weights", "bias"])
@pytest.mark.parametrize(
    "options",
    [{}, {"precision": "fp32"}, {"calibration": [{"x": X}]}],
    ids=["dynamic", "fp32", "static"],
)
def test_float_weights_of_any_size(where, value, options, rng):
    weights = np.tile(W, (1, 8))
    bias = rng.standard_normal(256).astype(np.float32)
    if where == "bias":
        bias[3] = value
    elif where == "channel":
        weights[:, 3] = value
    else:
        weights = np.where(weights > 0, value, weights).astype(np.float32)
    model = build(
        [("MatMul", "x w", "c"), ("Add", "c b", "y")], {"w": weights, "b": bias}, {"x": X}
    )
    report = edgert.compile(model, **options)
    result = edgert.InferenceSession(report.bundle).run(None, {"x": X})[0]
    with np.errstate(all="ignore"):
        expected = X @ weights + bias
        finite = np.isfinite(expected)
        products = np.abs(X) @ np.abs(weights)  # what errors of 8 bits are a part of
        error = np.where(finite, np.abs(result - expected), 0)
        room = np.where(finite, 0.01 * products + 1e-6 * np.abs(expected), 0)
    assert np.array_equal(np.isfinite(result), finite)
    assert (error <= room + 1e-30).all()
