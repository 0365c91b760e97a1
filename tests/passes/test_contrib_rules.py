"""Operators that onnxruntime's graph optimizer writes, against onnxruntime."""

from __future__ import annotations

import pytest

from .cases import Case, normal

W = {"w": normal(4, 3, 3, 3) / 4, "b": normal(4)}
NORM = {"g": normal(8), "b": normal(8), "c": normal(8)}
CASES = [
    Case(
        "contrib_fused",
        "(float[1,3,6,6] x, float[1,4,4,4] z) => (float[1,4,4,4] y)",
        'y = com.microsoft.FusedConv<activation="Relu">(x, w, b, z)',
        "edgert.Conv",
        W,
    ),
    Case(
        "contrib_fused",
        "(float[1,3,6,6] x) => (float[1,4,4,4] y)",
        'y = com.microsoft.FusedConv<activation="LeakyRelu", activation_params=[0.3]>(x, w, b)',
        "edgert.Conv",
        W,
    ),
    Case(
        "contrib_fused",
        "(float[1,3,6,6] x) => (float[1,4,4,4] y)",
        'y = com.microsoft.FusedConv<activation="Clip", activation_params=[-0.5, 0.5]>(x, w, b)',
        "edgert.Conv",
        W,
    ),
    Case(
        "contrib_fused",
        "(float[2,8] x) => (float[2,3] y)",
        'y = com.microsoft.FusedGemm<activation="LeakyRelu", activation_alpha=0.2, alpha=0.5,'
        " transB=1>(x, w, b)",
        "edgert.Gemm",
        {"w": normal(3, 8), "b": normal(3)},
    ),
    Case(
        "contrib_fused",
        "(float[2,5,4] a, float[2,5,6] b) => (float[2,4,6] y)",
        "y = com.microsoft.FusedMatMul<alpha=0.25, transA=1>(a, b)",
        "Transpose MatMul Mul",
    ),
    Case(
        "contrib_fused",
        "(float[5,2,4] a, float[2,4,6] b) => (float[2,5,6] y)",
        "y = com.microsoft.FusedMatMul<transBatchA=1>(a, b)",
        "com.microsoft.FusedMatMul",
        refusal="batch is not in front",
    ),
    *(
        Case(
            "contrib_gelu", "(float[2,8] x) => (float[2,8] y)", f"y = com.microsoft.{call}", ops, c
        )
        for call, ops, c in [
            ("Gelu(x)", "Gelu", {}),
            ("BiasGelu(x, b)", "Add Gelu", {"b": normal(8)}),
            ("FastGelu(x, b)", "Add Gelu", {"b": normal(8)}),
            ("QuickGelu<alpha=1.5>(x)", "Mul Sigmoid Mul", {}),
        ]
    ),
    Case(
        "skip_layer_normalization",
        "(float[2,3,8] x, float[2,3,8] s) => (float[2,3,8] y, float[2,3,8] t)",
        "y, m, v, t = com.microsoft.SkipLayerNormalization<epsilon=0.01>(x, s, g, b, c)",
        "Add Add LayerNormalization",
        NORM,
    ),
    Case(
        "skip_layer_normalization",
        "(float[2,3,8] x, float[2,3,8] s) => (float[2,3,8] y)",
        "y = com.microsoft.SkipSimplifiedLayerNormalization<epsilon=0.01>(x, s, g)",
        "Add RMSNormalization",
        {"g": normal(8)},
    ),
    Case(
        "skip_layer_normalization",
        "(float[2,3,8] x, float[2,3,8] s) => (float[2,3,8] y, float[2,3,1] m)",
        "y, m = com.microsoft.SkipLayerNormalization<epsilon=0.01>(x, s, g, b)",
        "com.microsoft.SkipLayerNormalization",
        {"g": normal(8), "b": normal(8)},
        refusal="statistics are read",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rule(case, caplog):
    case.check(caplog)
