"""Rules for operators in the form of old opsets that newer ones have no word for."""

from __future__ import annotations

import pytest

from .cases import Case, normal, positive

X = "(float[2,4,5,6] x) => (float[2,4,5,6] y)"
CHANNELS = {"s": normal(4), "b": normal(4), "m": normal(4), "v": positive(4)}
ELEMENTS = {
    "s": normal(4, 5, 6),
    "b": normal(4, 5, 6),
    "m": normal(4, 5, 6),
    "v": positive(4, 5, 6),
}

CASES = [
    Case(
        "batch_norm_spatial",
        X,
        "y = BatchNormalization<spatial=1, momentum=0.5, epsilon=0.1>(x, s, b, m, v)",
        "Mul Add",
        CHANNELS,
        opset=7,
    ),
    Case(
        "batch_norm_spatial",
        X,
        "y = BatchNormalization<spatial=0, epsilon=0.1>(x, s, b, m, v)",
        "Add Mul Add",
        ELEMENTS,
        opset=8,
    ),
    Case(
        "batch_norm_spatial",
        "(float[2,3] x, float[3] m) => (float[2,3] y)",
        "y = BatchNormalization<spatial=0>(x, s, b, m, v)",
        "Sub Mul Add",
        {"s": normal(3), "b": normal(3), "v": positive(3)},
        opset=7,
    ),
    Case(
        "batch_norm_spatial",
        X,
        "y, m2, v2, m3, v3 = BatchNormalization<epsilon=0.1>(x, s, b, m, v)",
        "ReduceMean Sub Mul ReduceMean Add Sqrt Div Mul Add",
        CHANNELS,
        opset=9,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_old_forms(case, caplog):
    case.check(caplog)
