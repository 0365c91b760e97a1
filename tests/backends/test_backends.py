"""Every runtime computes what its skip list does not name, and nothing that it names.

The first case of each operator and all networks; `python -m tests.backends` runs every case.
"""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from edgert.errors import CompileError

from . import outcomes, page, skips
from .cases import NETWORKS, Case, cases, sample
from .runtime import Runtime, runtimes

RUNTIMES = runtimes()


def available(name: str) -> Runtime:
    if reason := RUNTIMES[name].missing():
        pytest.skip(reason)
    return RUNTIMES[name]


@pytest.mark.parametrize("name", RUNTIMES)
def test_cases_pass_or_are_listed_with_a_reason(name: str) -> None:
    assert not outcomes.unexpected(available(name), sample())


@pytest.mark.parametrize("name", RUNTIMES)
def test_listed_cases_exist(name: str) -> None:
    assert skips.read(name).keys() <= cases().keys()


def test_lists_belong_to_runtimes() -> None:
    assert {path.stem for path in skips.FOLDER.iterdir()} == set(RUNTIMES)


def test_page_says_what_the_lists_say() -> None:
    text = page.PATH.read_text(encoding="utf-8")
    if f"ONNX {onnx.__version__} " not in text and f"ONNX {onnx.__version__}," not in text:
        pytest.skip("the page was written with another version of ONNX")
    assert text == page.render(RUNTIMES, cases(), {name: skips.read(name) for name in RUNTIMES})


def test_networks_are_in_both_precisions() -> None:
    networks = [case for case in cases().values() if case.operator == NETWORKS]
    assert sum(bool(case.calibration) for case in networks) * 2 == len(networks)


class Stub(Runtime):
    """Gives the expected outputs plus an offset, or refuses."""

    name = "stub"
    legend = ""

    def __init__(self, offset: float = 0.0, refusal: str = "") -> None:
        self.offset, self.refusal = offset, refusal

    def run(self, case: Case) -> list[np.ndarray]:
        if self.refusal:
            raise CompileError(self.refusal)
        return [y + np.asarray(self.offset, y.dtype) for y in case.expected]


@pytest.mark.parametrize(
    ("runtime", "listed", "found"),
    [
        (Stub(), {}, []),
        (Stub(), {"relu": "is not there"}, ["relu passes; it is skipped because: is not there"]),
        (Stub(0.1), {}, ["relu: failed: AssertionError: 60 / 60 elements differ"]),
        (Stub(0.1), {"relu": "failed: is off"}, []),
        (
            Stub(0.1),
            {"relu": "is not there"},
            ["relu was unsupported: failed: AssertionError: 60 / 60 elements differ"],
        ),
        (Stub(refusal="is not there; use another"), {}, ["relu: is not there"]),
        (Stub(refusal="is not there; use another"), {"relu": "is not there"}, []),
    ],
)
def test_unexpected_outcomes(runtime, listed, found, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(skips, "FOLDER", tmp_path)
    skips.write("stub", listed)
    assert outcomes.unexpected(runtime, [cases()["relu"]]) == found


def test_reasons_of_failures_written_by_hand_are_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(skips, "FOLDER", tmp_path)
    skips.write("stub", {"a": "failed: rounds to even", "b": "failed: was off", "c": "no"})
    skips.write("stub", {"a": "failed: AssertionError", "d": "failed: new", "c": "not there"})
    assert skips.read("stub") == {
        "a": "failed: rounds to even",
        "c": "not there",
        "d": "failed: new",
    }
