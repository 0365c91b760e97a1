"""A small model whose bundles use most kernels, and its calibration data."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

_SIGNATURE = "(float[1,4,9,9] image, int64[3] picks) => (float[1,3] scores, int64[1] best, float y)"
_BODY = """
    a = Conv<pads=[1,1,1,1]>(image, w1, b1)
    a1 = HardSwish(a)
    b = Conv<group=8, pads=[1,1,1,1]>(a1, w2)
    c = Conv<pads=[1,1,1,1], strides=[2,2]>(b, w3)
    d = Tanh(c)
    e = MaxPool<kernel_shape=[2,2], strides=[2,2]>(d)
    e2 = Elu(e)
    f = AveragePool<kernel_shape=[3,3], pads=[1,1,1,1], count_include_pad=1>(e2)
    g = Concat<axis=1>(e, f)
    sizes = Constant<value_ints=[1,16,5,5]>()
    h = Resize<mode="linear">(g, , , sizes)
    p = Pad<mode="constant">(h, pads)
    i = Slice(p, starts, ends)
    q = Transpose<perm=[0,2,3,1]>(i)
    r = Reshape(q, rows)
    s = Transpose<perm=[0,2,1]>(r)
    t = MatMul(r, s)
    u = Softmax<axis=-1>(t)
    v = MatMul(u, r)
    m = ReduceMax<axes=[1], keepdims=0>(v)
    n = ReduceMin<axes=[1], keepdims=0>(v)
    o = ReduceSum<keepdims=0>(v, one)
    k = Mul(m, n)
    l = Add(k, o)
    z = Gemm(l, w4, b4)
    zz = LogSoftmax(z)
    scores = Gather<axis=1>(zz, picks)
    best = ArgMax<axis=1, keepdims=0>(scores)
    pr = ReduceProd<keepdims=0>(scores)
    mean = ReduceMean<keepdims=0>(z)
    y = Add(pr, mean)
"""


def kitchen_sink() -> onnx.ModelProto:
    """Inputs image float32 [1, 4, 9, 9] and picks int64 [3]; outputs scores, best, y."""
    random = np.random.default_rng(5)

    def normal(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)

    constants = {
        "w1": normal(8, 4, 3, 3),
        "b1": normal(8),
        "w2": normal(8, 1, 3, 3),
        "w3": normal(8, 8, 3, 3),
        "w4": normal(16, 5),
        "b4": normal(5),
        "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]),
        "starts": np.array([0, 0, 1, 0]),
        "ends": np.array([1, 16, 6, 6]),
        "rows": np.array([1, -1, 16]),
        "one": np.array([1]),
    }
    model = onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 17]> sink {_SIGNATURE} {{ {_BODY} }}'
    )
    for name, array in constants.items():
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    return model


def samples(count: int = 4) -> list[dict[str, np.ndarray]]:
    """Inputs of `kitchen_sink`."""
    random = np.random.default_rng(6)
    return [
        {
            "image": random.standard_normal((1, 4, 9, 9)).astype(np.float32),
            "picks": random.integers(0, 5, 3),
        }
        for _ in range(count)
    ]
