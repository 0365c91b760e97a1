"""DFT of old opsets: before and after."""

import pytest

from .cases import Case

CASES = [
    Case(
        "dft_axis",
        "(float[2,3,8,1] x) => (float[2,3,5,2] y)",
        "y = DFT<axis=2, onesided=1>(x)",
        "DFT",
    ),
    Case("dft_axis", "(float[2,6,3,2] x) => (float[2,6,3,2] y)", "y = DFT<inverse=1>(x)", "DFT"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fourier_rule(case, caplog):
    case.check(caplog)
