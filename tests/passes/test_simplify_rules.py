"""Each simplifying rule: operators and numbers before and after, and its refusals."""

from __future__ import annotations

import numpy as np
import pytest

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize

from .cases import Case, build, histogram, ints, normal

V = "(float[2,8] x) => (float[2,8] y)"
F = np.float32
HARD_SWISH = {"three": F(3), "zero": F(0), "six": F(6)}
GELU = {"root": F(np.sqrt(2)), "one": F(1), "half": F(0.5)}
L = "(float[2,6,8] x) => (float[2,6,8] y)"
MOMENTS = (
    "m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) q = Pow(d, two) p = ReduceMean<axes=[-1]>(q)"
    " a = Add(p, e) s = Sqrt(a)"
)
MOMENTS_OF = {"two": F(2), "e": F(1e-3), "g": normal(8), "b": normal(8)}
GROUPS = {
    "to3": ints(0, 3, -1), "back": ints(2, 6, 4, 5), "g3": normal(3), "h3": normal(3),
    "c6": normal(6, 1, 1), "d6": normal(1, 6, 1, 1), "g6": normal(6), "h6": normal(6),
}  # fmt: skip

CASES = [
    Case("neutral_operand", V, "a = Mul(x, one) b = Add(zero, a) y = Exp(b)", "Exp",
         {"one": F(1), "zero": np.zeros((1, 8), F)}),
    Case("neutral_operand", "(float[1,8] x) => (float[2,8] y)", "a = Mul(x, one) y = Exp(a)",
         "Mul Exp", {"one": np.ones((2, 1), F)}, refusal="changes the shape"),
    Case("constant_operands", V, "a = Sub(x, c) b = Exp(a) d = Div(b, c) y = Neg(d)",
         "Add Exp Mul", {"c": F(4)}),
    Case("constant_operands", V, "a = Div(x, c) y = Floor(a)", "Div Floor", {"c": F(49)},
         refusal="not exact"),
    Case("merge_constants", V, "a = Mul(x, c) b = Mul(d, a) y = Exp(b)", "Mul Exp",
         {"c": normal(8), "d": F(2)}),
    Case("merge_constants", V, "a = Add(x, c) y = Add(a, d)", "Add Add",
         {"c": normal(8), "d": normal(2, 1)}, refusal="larger than both"),
    Case("merge_constants", "(float[2,8] x) => (float[2,8] y, float[2,8] a)",
         "a = Add(x, c) y = Add(a, c)", "Add Add", {"c": normal(8)}, refusal="read elsewhere"),
    Case("merge_constants", V, "a = Add(x, c) y = Sub(a, c)", "Add Add", {"c": F(12582912)},
         refusal="round on purpose"),
    Case("merge_transposes", "(float[2,3,4] x) => (float[4,2,3] y)",
         "a = Transpose<perm=[1,0,2]>(x) b = Transpose<perm=[2,1,0]>(a) y = Exp(b)",
         "Transpose Exp"),
    Case("merge_transposes", "(float[2,3,4] x) => (float[2,3,4] y)",
         "a = Exp(x) b = Transpose<perm=[1,2,0]>(a) y = Transpose<perm=[2,0,1]>(b)", "Exp"),
    Case("sink_transpose", "(float[2,3,4] x, float[2,3,4] z) => (float[2,3,4] y)",
         "a = Transpose<perm=[1,2,0]>(x) b = Mul(c, a) d = Transpose<perm=[1,2,0]>(z)"
         "e = Add(b, d) f = Relu(e) y = Transpose<perm=[2,0,1]>(f)", "Mul Add Relu",
         {"c": normal(4, 2)}),
    Case("sink_transpose", "(float[3,2] x) => (float[2,3] y, float[2,3] a)",
         "a = Transpose(x) y = Relu(a)", "Transpose Relu", refusal="read elsewhere"),
    Case("sink_transpose", "(float[3,2] x, float[2,3] z) => (float[2,3] y)",
         "a = Transpose(x) y = Add(a, z)", "Transpose Add", refusal="not transposed alike"),
    Case("merge_reshapes", "(float[2,8] x) => (float[16] y)",
         "a = Reshape(x, s) b = Reshape(a, t) y = Exp(b)", "Reshape Exp",
         {"s": ints(4, 4), "t": ints(-1)}),
    Case("merge_reshapes", V, "a = Flatten(x) y = Exp(a)", "Exp"),
    Case("data_no_op", V, "a = Slice(x, s, e) b = Concat<axis=0>(a) c = Expand(b, t) y = Exp(c)",
         "Exp", {"s": ints(0), "e": ints(99), "t": ints(2, 1)}),
    Case("data_no_op", V, "p = Tile(x, one) y = Exp(p)", "Exp", {"one": ints(1, 1)}),
    Case("merge_concats", "(float[2,2] x, float[2,3] z) => (float[2,8] y)",
         "a = Exp(z) b = Concat<axis=1>(a, z) y = Concat<axis=-1>(x, b)", "Exp Concat"),
    Case("merge_concats", V, "a, b = Split<axis=1>(x) c = Concat<axis=1>(a, b) y = Exp(c)", "Exp"),
    Case("merge_concats", "(float[2,2] x) => (float[2,6] y, float[2,4] b)",
         "b = Concat<axis=1>(x, x) y = Concat<axis=1>(x, b)", "Concat Concat",
         refusal="read elsewhere"),
    Case("merge_slices", "(float[4,8] x) => (float[2,4] y)",
         "a = Slice(x, one, three, zero) y = Slice(a, zero, eight, one, two)", "Slice",
         {"zero": ints(0), "one": ints(1), "two": ints(2), "three": ints(3), "eight": ints(8)}),
    Case("merge_slices", "(float[8] x) => (float[2] y)",
         "a = Slice(x, one, five, zero) y = Slice(a, one, three, zero)", "Slice Slice",
         {"zero": ints(0), "one": ints(1), "three": ints(3), "five": ints(5)},
         refusal="same axis"),
    Case("merge_clips", V, "a = Max(x, zero) y = Min(a, six)", "Clip", {"zero": F(0), "six": F(1)}),
    Case("merge_clips", V, "a = Relu(x) y = Clip(a, low, high)", "Clip",
         {"low": F(-1), "high": F(1)}),
    Case("merge_clips", V, "y = Clip(x, zero)", "Relu", {"zero": F(0)}),
    Case("merge_clips", V, "a = Clip(x, two) y = Clip(a, , one)", "Clip Clip",
         {"one": F(1), "two": F(2)}, refusal="the bounds cross"),
    Case("hard_sigmoid", V, "a = Add(x, three) b = Clip(a, zero, six) y = Div(b, six)",
         "HardSigmoid", HARD_SWISH, attributes={"beta": 0.5}),
    Case("hard_swish", V,
         "a = Add(x, three) b = Clip(a, zero, six) c = Mul(x, b) y = Div(c, six)",
         "HardSwish", HARD_SWISH),
    Case("hard_swish", V,
         "a = Add(x, three) b = Clip(a, zero, six) c = Div(b, six) y = Mul(c, x)",
         "HardSwish", HARD_SWISH),
    Case("hard_swish", V,
         "a = Add(x, three) b = Clip(a, zero, six) c = Div(x, six) y = Mul(c, b)",
         "HardSwish", HARD_SWISH),
    Case("hard_swish", V, "a = HardSigmoid<alpha=0.16666667>(x) y = Mul(x, a)", "HardSwish"),
    Case("hard_swish", "(float[2,8] x) => (float[2,8] y, float[2,8] a)",
         "a = HardSigmoid<alpha=0.16666667>(x) y = Mul(x, a)", "HardSigmoid Mul",
         refusal="read elsewhere"),
    Case("swish", V, "a = Sigmoid(x) y = Mul(a, x)", "Swish"),
    Case("swish", "(float[2,8] x) => (float[2,8] y, float[2,8] a)",
         "a = Sigmoid(x) y = Mul(a, x)", "Sigmoid Mul", refusal="read elsewhere"),
    Case("gelu", V,
         "a = Div(x, root) b = Erf(a) c = Add(b, one) d = Mul(x, c) y = Mul(d, half)",
         "Gelu", GELU),
    Case("gelu", V,
         "a = Div(x, root) b = Erf(a) c = Add(b, one) d = Mul(x, half) y = Mul(d, c)",
         "Gelu", GELU),
    Case("gelu", V,
         "a = Div(x, root) b = Erf(a) c = Add(b, one) d = Mul(c, half) y = Mul(x, d)",
         "Gelu", GELU),
    Case("layer_normalization", L, f"{MOMENTS} n = Div(d, s) z = Mul(n, g) y = Add(z, b)",
         "LayerNormalization", MOMENTS_OF),
    Case("layer_normalization", L, f"{MOMENTS} r = Reciprocal(s) y = Mul(r, d)",
         "LayerNormalization", MOMENTS_OF),
    Case("layer_normalization", "(float[2,3,4,5] x) => (float[2,3,4,5] y)",
         "m = ReduceMean<axes=[2,3]>(x) d = Sub(x, m) q = Mul(d, d) p = ReduceMean<axes=[2,3]>(q)"
         " a = Add(p, e) s = Sqrt(a) y = Div(d, s)",
         "LayerNormalization", MOMENTS_OF),
    Case("layer_normalization", "(float[2,6,8] x) => (float[2,6,8] y, float[2,6,1] m)",
         f"{MOMENTS} y = Div(d, s)", "ReduceMean Sub Pow ReduceMean Add Sqrt Div", MOMENTS_OF,
         refusal="read elsewhere"),
    Case("normalization_affine", L,
         "n = LayerNormalization(x, g, b) z = Mul(b3, n) y = Add(z, b)",
         "LayerNormalization", MOMENTS_OF | {"b3": normal(1, 1, 8)}),
    Case("normalization_affine", "(float[2,6,8] x) => (float[2,6,8] y, float[2,6,8] n)",
         "n = LayerNormalization(x, g, b) y = Mul(n, g)", "LayerNormalization Mul", MOMENTS_OF,
         refusal="read elsewhere"),
    Case("normalization_affine", "(float[2,6,4,5] x) => (float[2,6,4,5] y)",
         "n = InstanceNormalization(x, g6, h6) z = Mul(n, c6) y = Add(z, e)",
         "InstanceNormalization", GROUPS | {"e": F(0.5)}),
    Case("group_normalization", "(float[2,6,4,5] x) => (float[2,6,4,5] y)",
         "r = Reshape(x, to3) n = InstanceNormalization(r, g3, h3) b = Reshape(n, back)"
         " z = Mul(b, c6) y = Add(z, d6)", "GroupNormalization", GROUPS),
    Case("group_normalization", "(float[2,6,4,5] x) => (float[2,6,4,5] y, float[2,3,40] n)",
         "r = Reshape(x, to3) n = InstanceNormalization(r, g3, h3) y = Reshape(n, back)",
         "Reshape InstanceNormalization Reshape", GROUPS, refusal="read elsewhere"),
    Case("layer_normalization_as_scale", L,
         f"{MOMENTS} r = Reciprocal(s) k = Mul(r, g) u = Mul(x, k) v = Mul(m, k) t = Sub(b, v)"
         " y = Add(u, t)", "LayerNormalization", MOMENTS_OF),
    Case("layer_normalization_as_scale", "(float[2,6,8] x) => (float[2,6,8] y, float[2,6,8] k)",
         f"{MOMENTS} r = Reciprocal(s) k = Mul(r, g) u = Mul(x, k) v = Mul(m, k) t = Sub(b, v)"
         " y = Add(u, t)",
         "ReduceMean Sub Pow ReduceMean Add Sqrt Reciprocal Mul Mul Mul Sub Add", MOMENTS_OF,
         refusal="read elsewhere"),
    Case("prelu_to_leaky_relu", V, "y = PRelu(x, s)", "LeakyRelu", {"s": np.full(8, 0.25, F)}),
    Case("mean_to_global_pool", "(float[1,4,5,6] x) => (float[1,4] y)",
         "y = ReduceMean<axes=[2,3], keepdims=0>(x)", "GlobalAveragePool Reshape"),
    Case("mean_to_global_pool", "(float[1,4,5,6] x) => (float[1,4,1,1] y)",
         "y = AveragePool<kernel_shape=[5,6]>(x)", "GlobalAveragePool"),
    Case("gemm_to_matmul", "(float[8,2] x) => (float[2,4] y)",
         "y = Gemm<transA=1, transB=1, alpha=0.5, beta=2.0>(x, w, b)", "Transpose edgert.Gemm",
         {"w": normal(4, 8), "b": normal(1, 4)}),
    Case("gemm_to_matmul", "(float[2,8] x, float[8,4] w, float[4] b) => (float[2,4] y)",
         "y = Gemm<alpha=0.5>(x, w, b)", "MatMul Mul Add"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_simplify(case, caplog):
    case.check(caplog)


def test_means_over_different_axes_are_no_normalization():
    body = f"{MOMENTS} y = Div(d, s)".replace("[-1]>(q)", "[1]>(q)")
    model = optimize(load_model(build(L, body, **MOMENTS_OF)))
    assert "LayerNormalization" not in histogram(model)
