"""Convolutions and pools of volumes: before and after."""

import pytest

from .cases import Case, normal

POOLS = "Transpose Reshape {0} Reshape Transpose {0} Reshape"
CASES = [
    Case(
        "conv_3d_groups",
        "(float[2,4,5,6,7] x) => (float[2,4,3,6,4] y)",
        "y = Conv<group=4, pads=[1,1,1,1,1,1], strides=[2,1,2]>(x, w, b)",
        "Pad " + "Slice Transpose Reshape edgert.Conv " * 3 + "Reshape Transpose",
        {"w": normal(4, 1, 3, 3, 3), "b": normal(4)},
    ),
    Case(
        "conv_3d_groups",
        "(float[1,4,6,3,3] x) => (float[1,6,2,3,2] y)",
        "y = Conv<group=2, dilations=[4,1,1]>(x, w)",
        "Slice Transpose Reshape edgert.Conv " * 2 + "Reshape Transpose",
        {"w": normal(6, 2, 2, 1, 2)},
    ),
    Case(
        "conv_3d_groups",
        "(float[1,4,3,4,3] x) => (float[1,6,6,8,5] y)",
        "y = ConvTranspose<group=2, strides=[2,2,2], pads=[0,0,1,0,0,1]>(x, w, b)",
        "Slice edgert.ConvTranspose " * 2 + "Concat",
        {"w": normal(4, 3, 2, 2, 3), "b": normal(6)},
    ),
    Case(
        "pool_3d",
        "(float[2,3,5,6,7] x) => (float[2,3,3,3,7] y)",
        "y = MaxPool<kernel_shape=[3,2,3], pads=[1,0,1,1,0,1], strides=[2,2,1]>(x)",
        POOLS.format("MaxPool"),
    ),
    Case(
        "pool_3d",
        "(float[1,3,5,6,7] x) => (float[1,3,3,4,4] y)",
        "y = AveragePool<kernel_shape=[3,2,3], pads=[1,1,1,1,1,1], strides=[2,2,2],ceil_mode=1>(x)",
        POOLS.format("AveragePool"),
    ),
    Case(
        "pool_3d",
        "(float[1,3,5,6,7] x) => (float[1,3,5,7,8] y)",
        "y = AveragePool<kernel_shape=[3,2,2], pads=[1,1,1,1,1,1], count_include_pad=1>(x)",
        POOLS.format("AveragePool"),
    ),
    Case(
        "pool_3d",
        "(float[2,3,4,5,6] x) => (float[2,3,1,1,1] y)",
        "y = GlobalAveragePool(x)",
        "Transpose Reshape GlobalAveragePool Reshape",
    ),
    Case(
        "pool_3d",
        "(float[1,3,4,5,6] x) => (float[1,3,1,1,1] y)",
        "y = GlobalMaxPool(x)",
        "Transpose Reshape GlobalMaxPool Reshape",
    ),
    Case(
        "global_lp_pool",
        "(float[2,3,4,5] x) => (float[2,3,1,1] y)",
        "y = GlobalLpPool(x)",
        "ReduceL2",
    ),
    Case(
        "global_lp_pool",
        "(float[2,3,2,4,5] x) => (float[2,3,1,1,1] y)",
        "y = GlobalLpPool<p=3>(x)",
        "Abs Pow ReduceSum Pow",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_volume_rule(case, caplog):
    case.check(caplog)
