"""What passed of ONNX's backend test suite keeps passing."""

from __future__ import annotations

import pytest

from . import passing, suite


@pytest.mark.parametrize(("category", "operator"), passing.read())
def test_passing_cases_still_pass(category: str, operator: str) -> None:
    outcomes = [suite.run_case(category, n) for n in passing.read()[category, operator]]
    lost = [f"{o.name}: {o.status}: {o.reason}" for o in outcomes if o.status != suite.PASSED]
    assert not lost, "\n".join(lost)


def test_every_listed_case_is_in_the_suite() -> None:
    listed = {(category, n) for (category, _), names in passing.read().items() for n in names}
    assert listed <= {(category, n) for category, named in suite.cases().items() for n in named}
