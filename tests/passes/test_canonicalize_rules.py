"""Each canonicalizing rule: operators and numbers before and after, old and new spellings."""

from __future__ import annotations

import numpy as np
import pytest

from .cases import Case, ints, normal

X = "(float[1,4,8,8] x) => (float[1,4,8,8] y)"

CASES = [
    Case("clip_bounds", X, "y = Clip<min=-0.5, max=0.5>(x)", "Clip", opset=9),
    Case("clip_bounds", X, "y = Clip<max=0.5>(x)", "Clip", opset=7),
    Case(
        "reduce_axes",
        "(float[2,3,4] x) => (float[2,1,4] y)",
        "y = ReduceMax<axes=[-2]>(x)",
        "ReduceMax",
        opset=11,
    ),
    Case(
        "reduce_axes",
        "(float[2,3,4] x) => (float y)",
        "y = ReduceSum<keepdims=0>(x)",
        "ReduceSum",
        opset=13,
    ),
    Case(
        "slice_inputs",
        "(float[2,3,9] x) => (float[2,2,4] y)",
        "y = Slice<axes=[-1,1], starts=[2,-2], ends=[6,99]>(x)",
        "Slice",
        opset=9,
    ),
    Case(
        "slice_inputs",
        "(float[4,6] x) => (float[2,5] y)",
        "y = Slice(x, s, e)",
        "Slice",
        {"s": ints(1, 0), "e": ints(3, -1)},
    ),
    Case(
        "pad_inputs",
        "(float[1,2,3] x) => (float[1,2,6] y)",
        "y = Pad<pads=[0,0,1,0,0,2], value=1.5>(x)",
        "Pad",
        opset=10,
    ),
    Case(
        "pad_inputs",
        "(float[1,2,3] x) => (float[1,4,6] y)",
        "y = Pad(x, p, , a)",
        "Pad",
        {"p": ints(1, 2, 1, 1), "a": ints(-1, 1)},
        opset=18,
    ),
    Case(
        "split_sizes",
        "(float[1,6] x) => (float[1,2] a, float[1,4] b)",
        "a, b = Split<axis=-1, split=[2,4]>(x)",
        "Split",
        opset=11,
    ),
    Case(
        "split_sizes",
        "(float[1,5] x) => (float[1,3] a, float[1,2] b)",
        "a, b = Split<axis=1, num_outputs=2>(x)",
        "Split",
        opset=18,
    ),
    Case(
        "topk_k",
        "(float[2,9] x) => (float[2,3] v, int64[2,3] i)",
        "v, i = TopK<k=3>(x)",
        "TopK",
        opset=9,
    ),
    Case(
        "upsample_to_resize",
        "(float[1,2,3,3] x) => (float[1,2,6,6] y)",
        "y = Upsample<scales=[1.0,1.0,2.0,2.0]>(x)",
        "Resize",
        opset=7,
    ),
    Case(
        "upsample_to_resize",
        "(float[1,2,3,3] x) => (float[1,2,6,6] y)",
        'y = Upsample<mode="linear">(x, s)',
        "Resize",
        {"s": np.array([1, 1, 2, 2], np.float32)},
        opset=9,
    ),
    Case(
        "upsample_to_resize",
        "(float[1,2,3,3] x) => (float[1,2,6,6] y)",
        "y = Resize(x, s)",
        "Resize",
        {"s": np.array([1, 1, 2, 2], np.float32)},
        opset=10,
    ),
    Case(
        "softmax_axis",
        "(float[2,3,4] x) => (float[2,3,4] y)",
        "y = Softmax(x)",
        "Reshape Softmax Reshape",
        opset=11,
    ),
    Case(
        "softmax_axis",
        "(float[2,5,1,1] x) => (float[2,5,1,1] y)",
        "y = LogSoftmax<axis=1>(x)",
        "LogSoftmax",
        opset=9,
        attributes={"axis": 1},
    ),
    Case(
        "softmax_axis",
        "(float[2,3,4] x) => (float[2,3,4] y)",
        "y = Softmax(x)",
        "Softmax",
        opset=13,
        attributes={"axis": 2},
    ),
    Case(
        "static_reshape",
        "(float[2,3,4] x) => (float[2,12] y)",
        "a = Flatten(x) y = Relu(a)",
        "Reshape Relu",
    ),
    Case(
        "static_reshape",
        "(float[2,1,4] x) => (float[2,4,1] y)",
        "a = Squeeze<axes=[1]>(x) b = Relu(a) y = Unsqueeze<axes=[2]>(b)",
        "Reshape Relu Reshape",
        opset=11,
    ),
    Case(
        "no_op",
        X,
        "a = Identity(x) b = Dropout(a) c = Cast<to=1>(b) y = Relu(c)",
        "Relu",
    ),
    Case("no_op", X, "y = Identity(x)", "Identity", refusal="gives a graph output its name"),
    Case(
        "no_op",
        "(float[4] x) => (float[4] y, bool[4] m)",
        "a = Relu(x) y, m = Dropout(a)",
        "Relu Dropout",
        refusal="its mask is read",
    ),
    Case(
        "window_attributes",
        "(float[1,4,9,8] x) => (float[1,4,5,4] y)",
        'y = MaxPool<kernel_shape=[3,3], strides=[2,2], auto_pad="SAME_UPPER">(x)',
        "MaxPool",
        attributes={"pads": (1, 0, 1, 1)},
    ),
    Case(
        "window_attributes",
        "(float[1,4,8,8] x) => (float[1,2,4,4] y)",
        'y = Conv<strides=[2,2], auto_pad="SAME_LOWER">(x, w)',
        "edgert.Conv",
        {"w": normal(2, 4, 3, 3)},
        attributes={"pads": (1, 1, 0, 0), "kernel_shape": (3, 3), "dilations": (1, 1)},
    ),
    Case(
        "window_attributes",
        "(float[1,4,8,8] x) => (float[1,4,6,6] y)",
        'y = AveragePool<kernel_shape=[3,3], auto_pad="VALID">(x)',
        "AveragePool",
        attributes={"pads": (0, 0, 0, 0)},
    ),
    Case(
        "conv_transpose_pads",
        "(float[1,4,4,4] x) => (float[1,2,8,8] y)",
        "y = ConvTranspose<strides=[2,2], output_shape=[8,8]>(x, w)",
        "edgert.ConvTranspose",
        {"w": normal(4, 2, 3, 3)},
        attributes={"pads": (1, 1, 0, 0), "output_padding": (0, 0)},
    ),
    Case(
        "conv_transpose_pads",
        "(float[1,4,4,4] x) => (float[1,2,8,8] y)",
        'y = ConvTranspose<strides=[2,2], auto_pad="SAME_UPPER">(x, w)',
        "edgert.ConvTranspose",
        {"w": normal(4, 2, 3, 3)},
        attributes={"pads": (0, 0, 1, 1)},
    ),
    Case(
        "scaler",
        "(float[1,3] x) => (float[1,3] y)",
        "y = ai.onnx.ml.Scaler<offset=[1.0,2.0,3.0], scale=[0.5,1.0,2.0]>(x)",
        "Add Mul",
    ),
    Case(
        "scaler",
        "(int64[2,3] x) => (float[2,3] y)",
        "y = ai.onnx.ml.Scaler<offset=[1.0], scale=[0.5]>(x)",
        "Cast Add Mul",
    ),
    Case(
        "array_feature_extractor",
        "(float[1,3] x) => (int64[1,1] y)",
        "i = ArgMax<axis=1>(x) y = ai.onnx.ml.ArrayFeatureExtractor(labels, i)",
        "ArgMax Gather",
        {"labels": ints(7, 8, 9)},
    ),
    Case(
        "array_feature_extractor",
        "(float[2,3] x, int64[1,2] i) => (float[2,2] y)",
        "y = ai.onnx.ml.ArrayFeatureExtractor(x, i)",
        "Reshape Gather",
    ),
    Case(
        "variadic",
        "(float[4] a, float[4] b, float[4] c) => (float[4] y)",
        "s = Sum(a, b, c) m = Mean(s, a) y = Max(m, a, b)",
        "Add Add Add Mul Max Max",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_canonicalize(case, caplog):
    case.check(caplog)
