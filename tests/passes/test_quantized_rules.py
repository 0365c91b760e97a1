"""Rules on quantized operators and on element types: operators and numbers before and after."""

from __future__ import annotations

import numpy as np
import pytest

from .cases import Case, normal

_RNG = np.random.default_rng(3)


def scale(*values: float) -> np.ndarray:
    """float32 scales; a scalar where there is one."""
    return np.array(values[0] if len(values) == 1 else values, np.float32)


def u8(value: int) -> np.ndarray:
    return np.uint8(value)


def s8(value: int) -> np.ndarray:
    return np.int8(value)


def bytes_of(dtype: type, *shape: int) -> np.ndarray:
    info = np.iinfo(dtype)
    return _RNG.integers(info.min, info.max + 1, shape).astype(dtype)


X = {"xs": scale(0.02), "xz": u8(3)}
Y = {"ys": scale(0.05), "yz": u8(100)}
DYNAMIC = "q, s, z = DynamicQuantizeLinear(x)"

CASES = [
    Case(
        "qlinear_conv",
        "(uint8[1,4,8,8] x) => (uint8[1,6,6,6] y)",
        "y = QLinearConv(x, xs, xz, w, ws, wz, ys, yz, b)",
        "DequantizeLinear edgert.Conv QuantizeLinear",
        {
            **X,
            **Y,
            "w": bytes_of(np.int8, 6, 4, 3, 3),
            "ws": scale(0.01, 0.02, 0.01, 0.02, 0.01, 0.03),
            "wz": np.zeros(6, np.int8),
            "b": np.arange(6, dtype=np.int32) * 100,
        },
    ),
    Case(
        "qlinear_conv",
        "(uint8[1,8,8,4] x) => (uint8[1,8,8,6] y)",
        "y = com.microsoft.QLinearConv<channels_last=1>(x, xs, xz, w, ws, wz, ys, yz)",
        "com.microsoft.QLinearConv",
        {**X, **Y, "w": bytes_of(np.int8, 6, 4, 1, 1), "ws": scale(0.01), "wz": s8(0)},
        refusal="channels are last",
    ),
    Case(
        "qlinear_matmul",
        "(uint8[2,8] x) => (uint8[2,3] y)",
        "y = QLinearMatMul(x, xs, xz, w, ws, wz, ys, yz)",
        "DequantizeLinear edgert.Gemm QuantizeLinear",
        {
            **X,
            **Y,
            "w": bytes_of(np.uint8, 8, 3),
            "ws": scale(0.01, 0.02, 0.03),
            "wz": np.array([127, 128, 129], np.uint8),
        },
    ),
    Case(
        "qlinear_matmul",
        "(uint8[2,8] x) => (uint8[2,3] y)",
        "y = com.microsoft.QGemm<transB=1>(x, xs, xz, w, ws, wz, c, ys, yz)",
        "DequantizeLinear edgert.Gemm QuantizeLinear",
        {
            **X,
            **Y,
            "w": bytes_of(np.int8, 3, 8),
            "ws": scale(0.01),
            "wz": s8(0),
            "c": np.array([100, -200, 300], np.int32),
        },
    ),
    Case(
        "qlinear_elementwise",
        "(uint8[2,8] x, uint8[2,8] w) => (uint8[2,8] y)",
        "y = com.microsoft.QLinearAdd(x, xs, xz, w, ws, wz, ys, yz)",
        "DequantizeLinear DequantizeLinear Add QuantizeLinear",
        {**X, **Y, "ws": scale(0.1), "wz": u8(9)},
    ),
    Case(
        "qlinear_elementwise",
        "(uint8[1,2,8,8] x) => (uint8[1,2,4,4] y)",
        "y = com.microsoft.QLinearAveragePool<kernel_shape=[2,2], strides=[2,2]>"
        "(x, xs, xz, ys, yz)",
        "DequantizeLinear AveragePool QuantizeLinear",
        {**X, **Y},
    ),
    Case(
        "qlinear_concat",
        "(uint8[2,8] x, uint8[2,3] w) => (uint8[2,11] y)",
        "y = com.microsoft.QLinearConcat<axis=1>(ys, yz, x, xs, xz, w, ws, wz)",
        "DequantizeLinear DequantizeLinear Concat QuantizeLinear",
        {**X, **Y, "ws": scale(0.1), "wz": u8(9)},
    ),
    Case(
        "contrib_qdq",
        "(float[2,8] x) => (float[2,8] y)",
        "q = com.microsoft.QuantizeLinear(x, s, z) y = com.microsoft.DequantizeLinear(q, s, z)",
        "Div Round Clip Mul",
        {"s": scale(0.001), "z": np.uint16(30000)},
    ),
    Case(
        "linear_round_trip",
        "(float[2,6] x) => (float[2,6] y)",
        "q = QuantizeLinear<axis=1, block_size=2>(x, s, z) "
        "y = DequantizeLinear<axis=1, block_size=2>(q, s, z)",
        "Div Round Clip Mul",
        {
            "s": np.float32([[0.5, 0.25, 0.125], [0.1, 0.2, 0.3]]),
            "z": np.full((2, 3), 5, np.int8),
        },
        opset=21,
    ),
    Case(
        "contrib_matmul",
        "(uint8[2,8] x) => (float[2,3] y)",
        "y = com.microsoft.MatMulIntegerToFloat(x, w, xs, ws, xz, wz, b)",
        "DequantizeLinear edgert.Gemm",
        {
            **X,
            "w": bytes_of(np.int8, 8, 3),
            "ws": scale(0.01, 0.02, 0.03),
            "wz": np.zeros(3, np.int8),
            "b": normal(3),
        },
    ),
    Case(
        "integer_product",
        "(float[2,8] x) => (float[2,3] y)",
        f"{DYNAMIC} p = MatMulInteger(q, w, z, wz) c = Cast<to=1>(p) m = Mul(s, ws) y = Mul(c, m)",
        "edgert.Gemm",
        {
            "w": bytes_of(np.int8, 8, 3),
            "ws": scale(0.1, 0.2, 0.3),
            "wz": np.array([1, 2, 3], np.int8),
        },
        rtol=0.02,
    ),
    Case(
        "integer_product",
        "(float[1,2,6,6] x) => (float[1,3,6,6] y)",
        f"{DYNAMIC} p = ConvInteger<pads=[1,1,1,1]>(q, w, z, wz) c = Cast<to=1>(p) "
        "m = Mul(s, ws) y = Mul(m, c)",
        "edgert.Conv",
        {"w": bytes_of(np.uint8, 3, 2, 3, 3), "ws": scale(0.1), "wz": u8(120)},
        rtol=0.02,
    ),
    Case(
        "integer_product",
        "(float[2,8] x) => (float[2,3] y)",
        f"{DYNAMIC} p = MatMulInteger(q, w, z) c = Cast<to=1>(p) m = Mul(ws, b) y = Mul(c, m)",
        "ReduceMin ReduceMax Clip Relu Sub Div Div Sub Clip Round Cast Div Round Cast Add Clip Cast"
        " Cast Cast Sub edgert.Gemm Cast Mul",
        {"w": bytes_of(np.int8, 8, 3), "ws": scale(0.25), "b": scale(2.0)},
        refusal="the scale of the first operand is not known",
    ),
    Case(
        "integer_product_arithmetic",
        "(uint8[2,700] x) => (int32[2,3] y)",
        "y = MatMulInteger(x, w, z, wz)",
        "DequantizeLinear Slice Slice edgert.Gemm edgert.Gemm Cast Cast Add",
        {"z": u8(7), "w": bytes_of(np.int8, 700, 3), "wz": np.array([0, 1, -2], np.int8)},
        rtol=0,
    ),
    Case(
        "integer_product_arithmetic",
        "(uint8[1,64,6,6] x) => (int32[1,3,4,4] y)",
        "y = ConvInteger(x, w, z)",
        f"DequantizeLinear {'Slice edgert.Conv Cast ' * 3} Add Add",
        {"z": u8(7), "w": bytes_of(np.uint8, 3, 64, 3, 3)},
        rtol=0,
    ),
    Case(
        "dynamic_round_trip",
        "(float[2,8] x) => (float[2,8] y)",
        f"{DYNAMIC} d = DequantizeLinear(q, s, z) y = Neg(d)",
        "Mul",
        rtol=0.02,
    ),
    Case(
        "dequantize_before_movement",
        "(float[1,2,4,4] x) => (float[1,4,2,2] y)",
        "q = QuantizeLinear(x, s, z) m = MaxPool<kernel_shape=[3,3]>(q) "
        "t = Concat<axis=1>(m, m) d = DequantizeLinear(t, s, z) y = Neg(d)",
        "QuantizeLinear DequantizeLinear MaxPool Concat Mul",
        {"s": scale(0.25), "z": u8(120)},
    ),
    Case(
        "dequantize_before_movement",
        "(uint8[2,3] x) => (float[3,2] y)",
        "t = Transpose(x) y = DequantizeLinear(t, s, z)",
        "Transpose DequantizeLinear",
        {"s": scale(0.25), "z": u8(120)},
        refusal="not quantized in the graph",
    ),
    Case(
        "dequantize_arithmetic",
        "(int16[2,6] x, float[2,3] s) => (float[2,6] y)",
        "y = DequantizeLinear<axis=1, block_size=2>(x, s, z)",
        "Cast Sub Gather Mul",
        {"z": np.arange(6, dtype=np.int16).reshape(2, 3)},
        opset=21,
    ),
    Case(
        "dequantize_arithmetic",
        "(int32[2,3] x) => (float16[2,3] y)",
        "y = DequantizeLinear<axis=0>(x, s)",
        "Cast Mul Cast",
        {"s": np.array([0.5, 0.25], np.float16)},
        opset=19,
    ),
    Case(
        "quantize_arithmetic",
        "(float[2,3] x, float[3] s) => (uint8[2,3] y)",
        "p = Abs(s) q = Add(p, t) y = QuantizeLinear<axis=-1>(x, q, z)",
        "Abs Add Div Round Add Clip Cast",
        {"z": np.array([100, 128, 150], np.uint8), "t": scale(0.01)},
        opset=13,
    ),
    Case(
        "matmul_nbits",
        "(float[2,40] x) => (float[2,3] y)",
        "y = com.microsoft.MatMulNBits<K=40, N=3, bits=4, block_size=16>(x, w, s, z, , b)",
        "edgert.Gemm",
        {
            "w": bytes_of(np.uint8, 3, 3, 8),
            "s": normal(3, 3),
            "z": bytes_of(np.uint8, 3, 2),
            "b": normal(3),
        },
    ),
    Case(
        "dynamic_quantize_lstm",
        "(float[2,1,3] x) => (float[2,1,1,4] y)",
        "y = com.microsoft.DynamicQuantizeLSTM<hidden_size=4>(x, w, r, , , , , , ws, wz, rs, rz)",
        f"edgert.Gemm edgert.Gemm Add Add Concat {'Slice ' * 10} {'Reshape ' * 4}"
        f"{'Sigmoid Mul ' * 6} {'Tanh ' * 4}",
        {
            "w": bytes_of(np.int8, 1, 3, 16),
            "r": bytes_of(np.int8, 1, 4, 16),
            "ws": np.array([0.01], np.float32),
            "wz": np.zeros(1, np.int8),
            "rs": np.array([0.01], np.float32),
            "rz": np.zeros(1, np.int8),
        },
        rtol=0.02,
    ),
    Case(
        "unsigned_division",
        "(uint64[2,3] x, uint64[2,3] d) => (uint64[2,3] y)",
        "e = Add(d, c) y = Div(x, e)",
        "Cast Cast Cast Cast Cast Cast Cast Add Add Less BitwiseXor BitwiseXor BitwiseXor Where Sub"
        " GreaterOrEqual GreaterOrEqual BitwiseAnd BitwiseAnd Div Div Mul Mul",
        {"c": np.array([1, 3, 2**63], np.uint64)},
    ),
    Case(
        "drop_narrowing",
        "(float[2,3] x) => (float[3,2] y)",
        "a = Cast<to=10>(x) b = Relu(a) t = Transpose(b) e = Exp(t) y = Cast<to=1>(e)",
        "Relu Transpose Exp",
        rtol=2e-3,
    ),
    Case(
        "widen_before_movement",
        "(float16[4,3] x) => (float16[2,3] y)",
        "a = Relu(x) s, t = Split<axis=0, num_outputs=2>(a) e = Exp(s) y = Sub(e, t)",
        "Cast Relu Split Exp Sub Cast",
        opset=18,
        rtol=2e-3,
    ),
    Case(
        "widen_before_movement",
        "(float16[2,3] x) => (float16[6,2] y)",
        "a = Relu(x) t = Transpose(a) c = Concat<axis=0>(t, t) y = Exp(c)",
        "Cast Relu Transpose Concat Exp Cast",
        rtol=2e-3,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rule(case, caplog):
    case.check(caplog)
