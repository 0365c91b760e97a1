"""Convolutions and normalizations by computed numbers, and Det: before and after."""

import pytest

from .cases import Case, normal, positive

X = "float[2,4,5,6] x"
CASES = [
    Case(
        "conv_computed",
        f"({X}, float[6,2,3,2] w) => (float[2,6,3,3] y)",
        "y = Conv<group=2, pads=[1,0,0,1], strides=[2,2], dilations=[1,1]>(x, w)",
        "Pad Conv",
        attributes={"pads": (0, 0, 0, 0)},
    ),
    Case(
        "conv_computed",
        f"({X}, float[3,4,3,3] w, float[3] b) => (float[2,3,1,4] y)",
        "y = Conv<dilations=[2,1]>(x, w, b)",
        "Conv Reshape Add",
    ),
    Case(
        "conv_computed",
        "(float[1,4,9] x, float[3] b) => (float[1,3,7] y)",
        "y = Conv(x, w, b)",
        "edgert.Conv Reshape Add",
        {"w": normal(3, 4, 3)},
    ),
    Case(
        "conv_to_product",
        "(float[1,2,4,3,3] x, float[2,2,2,2,2] w) => (float[1,2,3,2,2] y)",
        "y = Conv(x, w)",
        "Conv",
        refusal="computed while running",
    ),
    Case(
        "conv_computed",
        f"({X}, float[4,3,3,2] w, float[6] b) => (float[2,6,10,18] y)",
        "y = ConvTranspose<group=2, strides=[2,3], pads=[1,0,0,1], dilations=[1,2],"
        "output_padding=[0,1]>(x, w, b)",
        "Reshape Pad Reshape Pad Reshape Transpose Reshape Slice Conv Reshape Add",
    ),
    Case(
        "conv_computed",
        "(float[1,2,5] x, float[2,3,2] w) => (float[1,3,2] y)",
        "y = ConvTranspose<pads=[2,2]>(x, w)",
        "Pad Transpose Slice Conv",
    ),
    Case(
        "batch_norm_computed",
        f"({X}, float[4] s, float[4] b) => (float[2,4,5,6] y)",
        "y = BatchNormalization(x, s, b, m, v)",
        "Reshape Reshape Add Div Mul Add",
        {"m": normal(4), "v": positive(4)},
    ),
    Case(
        "batch_norm_computed",
        f"({X}) => (float[2,4,5,6] y, float[4] rm, float[4] rv)",
        "y, rm, rv = BatchNormalization<training_mode=1, momentum=0.8>(x, s, b, m, v)",
        "ReduceMean Sub Mul ReduceMean Add Sqrt Div Mul Add Reshape Mul Add Reshape Mul Add",
        {"s": normal(4), "b": normal(4), "m": normal(4), "v": positive(4)},
    ),
    Case(
        "det",
        "(float[3,2,2] x) => (float[3] y)",
        "y = Det(x)",
        "Slice " * 6 + "Mul Mul Sub Reshape",
    ),
    Case(
        "det",
        "(float[5,5] x) => (float y)",
        "y = Det(x)",
        "Slice " * 30 + "Mul " * 75 + "Sub " * 32 + "Add " * 17 + "Reshape",
    ),
    Case("det", "(float[7,7] x) => (float y)", "y = Det(x)", "Det", refusal="7 rows"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_computed_rule(case, caplog):
    case.check(caplog)
