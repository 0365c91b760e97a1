"""Each rule of products: operators and numbers before and after, and its refusals."""

from __future__ import annotations

import numpy as np
import pytest

from .cases import Case, ints, normal, positive

F = np.float32
X = "(float[1,4,8,8] x) => (float[1,6,6,6] y)"
XY = "(float[1,4,8,8] x) => (float[1,6,6,6] y, float[1,6,6,6] a)"
W = {"w": normal(6, 4, 3, 3), "b": normal(6)}
STATISTICS = {"g": normal(6), "t": normal(6), "m": normal(6), "v": positive(6)}
INPUT_STATISTICS = {"g": normal(4), "t": normal(4), "m": normal(4), "v": positive(4)}
GROUPED = {"w": normal(6, 2, 3, 3)}
TRANSPOSED = {"w": normal(4, 3, 2, 2), "b": normal(6)}
UP = "(float[1,4,4,4] x) => (float[1,6,8,8] y)"
M = "(float[2,5,8] x) => (float[2,5,3] y)"
R = "(float[1,4,8,8] x, float[1,6,6,6] r) => (float[1,6,6,6] y)"

CASES = [
    Case("batch_norm", X, "a = Conv(x, w) y = BatchNormalization<epsilon=0.01>(a, g, t, m, v)",
         "edgert.Conv", {**W, **STATISTICS}),
    Case("batch_norm", X, "a = Conv<group=2>(x, w) y = BatchNormalization(a, g, t, m, v)",
         "edgert.Conv", {**GROUPED, **STATISTICS}, opset=9),
    Case("batch_norm", UP,
         "a = ConvTranspose<group=2, strides=[2,2]>(x, w, b) y = BatchNormalization(a, g, t, m, v)",
         "edgert.ConvTranspose", {**TRANSPOSED, **STATISTICS}, opset=7),
    Case("batch_norm", "(float[1,4,8,8] x) => (float[1,4,8,8] y)",
         "y = BatchNormalization(x, g, t, m, v)", "Mul Add", INPUT_STATISTICS),
    Case("affine_before_product", X,
         "a = BatchNormalization(x, g, t, m, v) y = Conv<group=2>(a, w)",
         "edgert.Conv", {**GROUPED, **INPUT_STATISTICS}),
    Case("affine_before_product", "(float[1,4,8,8] x) => (float[1,6,8,8] y)",
         "a = BatchNormalization(x, g, t, m, v) y = Conv<pads=[1,1,1,1]>(a, w)",
         "Mul Add edgert.Conv", {**W, **INPUT_STATISTICS}, refusal="borders do not see"),
    Case("affine_before_product", M, "a = Sub(x, c) d = Div(a, e) y = MatMul(d, w)", "edgert.Gemm",
         {"w": normal(8, 3), "c": normal(8), "e": positive(8)}),
    Case("affine_before_product", M, "a = Sub(x, c) d = Div(a, e) y = MatMul(d, w)",
         "Add Div edgert.Gemm",
         {"w": normal(8, 3), "c": normal(8), "e": np.geomspace(0.01, 10, 8, dtype=np.float32)},
         refusal="inputs to one scale"),
    Case("affine_before_product", UP,
         "a = Mul(x, c) y = ConvTranspose<group=2, strides=[2,2]>(a, w)",
         "edgert.ConvTranspose", {**TRANSPOSED, "c": normal(4, 1, 1)}),
    Case("conv_to_product", X, "y = Conv(x, w, b)", "edgert.Conv", W),
    Case("conv_to_product", "(float[1,4,8,8] x, float[6,4,3,3] w) => (float[1,6,6,6] y)",
         "y = Conv(x, w)", "Conv", refusal="computed while running"),
    Case("matmul_to_product", M, "a = MatMul(x, w) y = Add(b, a)", "edgert.Gemm",
         {"w": normal(8, 3), "b": normal(3)}),
    Case("matmul_to_product", "(float[2,8,5] x) => (float[2,3,5] y)", "y = MatMul(w, x)",
         "Transpose edgert.Gemm Transpose", {"w": normal(3, 8)}),
    Case("matmul_to_product", "(float[2,5,8] x) => (float[2,5,3] y)", "y = MatMul(x, w)", "MatMul",
         {"w": normal(2, 8, 3)}, refusal="not a matrix"),
    Case("scale_after_product", X, "a = Conv(x, w, b) y = Mul(a, s)", "edgert.Conv",
         {**W, "s": normal(6, 1, 1)}),
    Case("scale_after_product", M, "a = MatMul(x, w) y = Mul(s, a)", "edgert.Gemm",
         {"w": normal(8, 3), "s": F(0.125)}),
    Case("scale_after_product", X, "a = Conv(x, w, b) y = Mul(a, s)", "edgert.Conv Mul",
         {**W, "s": normal(6, 6)}, refusal="varies within a channel"),
    Case("bias_after_product", X, "a = Conv(x, w, b) y = Add(a, s)", "edgert.Conv",
         {**W, "s": normal(1, 6, 1, 1)}),
    Case("bias_after_product", "(float[2,8] x) => (float[2,3] y)", "y = Gemm(x, w, c)",
         "edgert.Gemm", {"w": normal(8, 3), "c": F(2)}),
    Case("bias_after_product", "(float[2,8] x) => (float[2,3] y)", "y = Gemm(x, w, c)",
         "edgert.Gemm Add", {"w": normal(8, 3), "c": normal(2, 1)}, refusal="varies within"),
    Case("bias_after_product", XY, "a = Conv(x, w) y = Add(a, s)", "edgert.Conv Add",
         {"w": W["w"], "s": normal(6, 1, 1)}, refusal="read elsewhere"),
    Case("residual_add", R, "a = Conv(x, w, b) c = Add(r, a) y = Relu(c)", "edgert.Conv", W),
    Case("residual_add", X, "a = Conv(x, w, b) c = Relu(a) d = Conv(x, u, b) y = Add(c, d)",
         "edgert.Conv edgert.Conv", {**W, "u": normal(6, 4, 3, 3)}),
    Case("residual_add", R, "a = Conv(x, w, b) c = Relu(a) y = Add(r, c)", "edgert.Conv Add", W,
         refusal="already has a residual or an activation"),
    Case("residual_add", "(float[1,4,8,8] x, float[1,6,1,1] r) => (float[1,6,6,6] y)",
         "a = Conv(x, w, b) y = Add(a, r)", "edgert.Conv Add", W, refusal="broadcast"),
    Case("residual_add", XY, "a = Conv(x, w, b) r = Relu(a) y = Add(a, r)", "edgert.Conv Relu Add",
         W, refusal="read elsewhere"),
    Case("residual_add", "(float[2,8] x) => (float[2,8] y)",
         "a = Gemm(x, w, b) y = Add(a, x)", "edgert.Gemm", {"w": normal(8, 8), "b": normal(8)}),
    Case("activation", X, "a = Conv(x, w, b) y = Clip(a, z, s)", "edgert.Conv",
         {**W, "z": F(0), "s": F(6)},
         attributes={"activation": "clip", "activation_params": (0.0, 6.0)}),
    Case("activation", X, "a = Conv(x, w, b) y = LeakyRelu<alpha=0.1>(a)", "edgert.Conv", W,
         attributes={"activation": "leaky_relu", "activation_params": (0.1,)}),
    Case("activation", X, "a = Conv(x, w, b) s = Sigmoid(a) y = Mul(a, s)", "edgert.Conv", W,
         attributes={"activation": "silu"}),
    Case("activation", X, "a = Conv(x, w, b) y = HardSwish(a)", "edgert.Conv", W,
         attributes={"activation": "hard_swish"}),
    Case("activation", X, "a = Conv(x, w, b) y = HardSigmoid(a)", "edgert.Conv", W,
         attributes={"activation": "hard_sigmoid", "activation_params": (0.2, 0.5)}),
    Case("activation", X, "a = Conv(x, w, b) y = Sigmoid(a)", "edgert.Conv", W,
         attributes={"activation": "sigmoid"}),
    Case("activation", M, "a = MatMul(x, w) y = Tanh(a)", "edgert.Gemm", {"w": normal(8, 3)},
         attributes={"activation": "tanh"}),
    Case("activation", M, "a = MatMul(x, w) y = Gelu(a)", "edgert.Gemm", {"w": normal(8, 3)},
         opset=20, attributes={"activation": "gelu"}),
    Case("activation", M, 'a = MatMul(x, w) y = Gelu<approximate="tanh">(a)', "edgert.Gemm Gelu",
         {"w": normal(8, 3)}, opset=20, refusal="no activation of these parameters"),
    Case("activation", XY, "a = Conv(x, w, b) y = Relu(a)", "edgert.Conv Relu", W,
         refusal="read elsewhere"),
    Case("activation", X, "a = Conv(x, w, b) c = Tanh(a) y = Relu(c)", "edgert.Conv Relu", W,
         refusal="already has an activation"),
    Case("pad_into_window", "(float[1,4,6,6] x) => (float[1,6,7,6] y)",
         "a = Pad(x, p) y = Conv(a, w)", "edgert.Conv",
         {"w": W["w"], "p": ints(0, 0, 1, 1, 0, 0, 2, 1)}, attributes={"pads": (1, 1, 2, 1)}),
    Case("pad_into_window", "(float[1,4,6,6] x) => (float[1,6,6,6] y)",
         "a = Pad(x, p, v) y = Conv(a, w)", "Pad edgert.Conv",
         {"w": W["w"], "p": ints(0, 0, 1, 1, 0, 0, 1, 1), "v": F(1)}, refusal="not pad with zeros"),
    Case("pad_into_window", "(float[1,4,6,6] x) => (float[1,4,6,6] y)",
         "a = Pad(x, p) y = AveragePool<kernel_shape=[3,3]>(a)", "AveragePool",
         {"p": ints(0, 0, 1, 1, 0, 0, 1, 1)}, attributes={"count_include_pad": 1}),
    Case("pad_into_window", "(float[1,4,6,6] x) => (float[1,4,8,8] y)",
         "a = Pad(x, p) y = AveragePool<kernel_shape=[3,3], pads=[1,1,1,1]>(a)", "Pad AveragePool",
         {"p": ints(0, 0, 1, 1, 0, 0, 1, 1)}, refusal="pads twice"),
    Case("pad_into_window", "(float[1,4,6,6] x) => (float[1,4,6,6] y)",
         "r = Relu(x) a = Pad(r, p) y = MaxPool<kernel_shape=[3,3]>(a)", "Relu MaxPool",
         {"p": ints(0, 0, 1, 1, 0, 0, 1, 1)}),
    Case("pad_into_window", "(float[1,4,6,6] x) => (float[1,4,6,6] y)",
         "a = Pad(x, p, v) y = MaxPool<kernel_shape=[3,3]>(a)", "MaxPool",
         {"p": ints(0, 0, 1, 1, 0, 0, 1, 1), "v": F(-np.inf)}),
    Case("pad_into_window", "(float[1,4,6,6] x) => (float[1,4,6,6] y)",
         "a = Pad(x, p) y = MaxPool<kernel_shape=[3,3]>(a)", "Pad MaxPool",
         {"p": ints(0, 0, 1, 1, 0, 0, 1, 1)}, refusal="may exceed the values"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_product_rule(case, caplog):
    case.check(caplog)
