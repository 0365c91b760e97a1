"""Rules of operators that read and write at run-time indices: before and after."""

from __future__ import annotations

import pytest

from .cases import Case

CASES = [
    Case(
        "scatter_forms",
        "(float[3,4] x, int64[2,4] i, float[2,4] u) => (float[3,4] y)",
        "y = Scatter<axis=0>(x, i, u)",
        "ScatterElements",
        opset=9,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rule(case, caplog):
    case.check(caplog)
