"""One network as exporters write it in every opset: all end as the same fused operators."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize

from .cases import build, histogram, normal, positive, same_numbers
from .expand import expand, random_feeds

OPSETS = (7, 9, 11, 13, 17, 21, onnx.defs.onnx_opset_version())
SIGNATURE = "(float[1,3,16,16] image) => (float[1,5] scores)"
EXPECTED = Counter(
    {"edgert.Conv": 3, "GlobalAveragePool": 1, "Reshape": 1, "edgert.Gemm": 1, "Softmax": 1}
)
STATISTICS = {"g": normal(8), "t": normal(8), "m": normal(8), "v": positive(8)}
WEIGHTS = {
    "w1": normal(8, 3, 3, 3),
    "w2": normal(8, 1, 3, 3),
    "w3": normal(8, 8, 1, 1),
    "wf": normal(5, 8),
    "bf": normal(5),
    **STATISTICS,
}


def clip(opset: int) -> tuple[str, dict[str, np.ndarray]]:
    if opset < 11:
        return "c1 = Clip<min=0.0, max=6.0>(n1)", {}
    return "c1 = Clip(n1, low, high)", {"low": np.float32(0), "high": np.float32(6)}


def pad(opset: int) -> tuple[str, dict[str, np.ndarray]]:
    if opset < 11:
        return "p2 = Pad<pads=[0,0,1,1,0,0,1,1]>(c1)", {}
    if opset < 18:
        return "p2 = Pad(c1, pads)", {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1])}
    return "p2 = Pad(c1, pads, , hw)", {"pads": np.ones(4, np.int64), "hw": np.array([2, 3])}


def mean(opset: int) -> tuple[str, dict[str, np.ndarray]]:
    if opset < 18:
        return "q = ReduceMean<axes=[2,3], keepdims=0>(r3)", {}
    return "q = ReduceMean<keepdims=0>(r3, hw)", {"hw": np.array([2, 3])}


def exported(opset: int) -> onnx.ModelProto:
    """Conv-BN-Relu6, padded depthwise, residual 1x1 with hard swish, mean, Gemm, Softmax."""
    parts = [clip(opset), pad(opset), mean(opset)]
    constants = {name: array for _, more in parts for name, array in more.items()}
    body = f"""
        k1 = Conv<strides=[2,2], auto_pad="SAME_UPPER">(image, w1)
        n1 = BatchNormalization(k1, g, t, m, v)
        {parts[0][0]}
        {parts[1][0]}
        k2 = Conv<group=8>(p2, w2)
        r2 = Relu(k2)
        d2 = Dropout(r2)
        k3 = Conv<kernel_shape=[1,1]>(d2, w3)
        s3 = Add(c1, k3)
        h3 = HardSigmoid<alpha=0.16666667, beta=0.5>(s3)
        r3 = Mul(s3, h3)
        {parts[2][0]}
        f = Gemm<transB=1>(q, wf, bf)
        scores = Softmax<axis=1>(f)"""
    return build(SIGNATURE, body, opset, **WEIGHTS, **constants)


@pytest.mark.parametrize("opset", OPSETS)
def test_every_opset_ends_the_same(opset):
    proto = exported(opset)
    onnx.checker.check_model(proto)
    model = optimize(load_model(proto))
    assert histogram(model) == EXPECTED
    activations = [n.attributes["activation"].value for n in model.graph if n.domain == "edgert"]
    assert activations == ["clip", "relu", "hard_swish", ""]
    if opset <= 24:
        same_numbers(proto, model)
    else:
        feeds = random_feeds(proto)
        (want,) = ReferenceEvaluator(proto).run(None, feeds)
        (got,) = ReferenceEvaluator(expand(model)).run(None, feeds)
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_keras_style_with_transposes_around_every_layer():
    body = """
        t1 = Transpose<perm=[0,3,1,2]>(image)
        k1 = Conv<auto_pad="SAME_UPPER">(t1, w1)
        t2 = Transpose<perm=[0,2,3,1]>(k1)
        b1 = Add(t2, g)
        t3 = Transpose<perm=[0,3,1,2]>(b1)
        r1 = Relu(t3)
        y = Transpose<perm=[0,2,3,1]>(r1)"""
    proto = build(
        "(float[1,16,16,3] image) => (float[1,16,16,8] y)", body, w1=WEIGHTS["w1"], g=normal(8)
    )
    model = optimize(load_model(proto))
    assert histogram(model) == {"Transpose": 2, "edgert.Conv": 1}
    same_numbers(proto, model)


def test_pytorch_style_flatten_by_shape_arithmetic():
    body = """
        k1 = Conv<pads=[1,1,1,1]>(image, w1)
        p = GlobalAveragePool(k1)
        s = Shape(p)
        zero = Constant<value_int=0>()
        n = Gather<axis=0>(s, zero)
        axis = Constant<value_ints=[0]>()
        u = Unsqueeze(n, axis)
        rest = Constant<value_ints=[-1]>()
        c = Concat<axis=0>(u, rest)
        f = Reshape(p, c)
        scores = Gemm<transB=1>(f, wf, bf)"""
    proto = build(
        "(float[N,3,16,16] image) => (float[N,5] scores)",
        body,
        **{name: WEIGHTS[name] for name in ("w1", "wf", "bf")},
    )
    model = optimize(load_model(proto))
    assert histogram(model) == {
        "edgert.Conv": 1,
        "GlobalAveragePool": 1,
        "Reshape": 1,
        "edgert.Gemm": 1,
    }
    same_numbers(proto, model)
