"""docs/backends.md: cases by runtime."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import onnx

from . import skips
from .cases import NETWORKS, PER_OPERATOR, Case
from .runtime import Runtime

PATH = Path(__file__).parents[2] / "docs" / "backends.md"
_INTRODUCTION = """\
# Cases by runtime

The same cases on every runtime that the compiler serves. `make backends` writes this page; the \
lists behind it are in `tests/backends/skips`. A case that fails without being listed, and a \
listed case that passes, break the tests.

**Cases**: of the node suite that comes with ONNX {version}, up to {per_operator} of each \
operator, spread evenly over those on float32, int32, int64 and bool tensors; inputs are bound as \
constants where the compiler asks for it \
(`edgert_compiler.onnx_backend`), but never all of them: nothing would be left to run. \
*{networks}*: {names}, each in float32 and in INT8 with calibration; onnxruntime says what to \
expect.

**Cells**: cases passed of all. A case that does not pass is refused when compiling (unsupported) \
or *failed*: it computes something else, or breaks off.

**Runtimes**:
"""


def render(
    runtimes: Mapping[str, Runtime],
    cases: Mapping[str, Case],
    reasons: Mapping[str, Mapping[str, str]],
) -> str:
    """The page. reasons: by runtime and case, why a case does not pass."""
    networks = [name for name, case in cases.items() if case.operator == NETWORKS]
    kinds = dict.fromkeys(name.rpartition("_")[0].replace("_", " ") for name in networks)
    introduction = _INTRODUCTION.format(
        version=onnx.__version__,
        per_operator=PER_OPERATOR,
        networks=NETWORKS,
        names=", ".join(kinds),
    )
    lines = [introduction, *(f"- **{name}**: {r.legend}." for name, r in runtimes.items()), ""]
    lines += _row(["operator", *runtimes]), _row(["---"] * (1 + len(runtimes)))
    lines.append(_row(["**all**", *(_count(cases, reasons[r]) for r in runtimes)]))
    for operator in _operators(cases.values()):
        own = [name for name, case in cases.items() if case.operator == operator]
        lines.append(_row([operator, *(_count(own, reasons[r]) for r in runtimes)]))
    for runtime in runtimes:
        lines += ["", f"## Why not: {runtime}", "", *_why(cases, reasons[runtime])]
    return "\n".join([*lines, ""])


def _operators(cases: Iterable[Case]) -> list[str]:
    return sorted({case.operator for case in cases}, key=lambda o: (o != NETWORKS, o.lower()))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _count(names: Iterable[str], reasons: Mapping[str, str]) -> str:
    passed = [name not in reasons for name in names]
    return f"{sum(passed)}/{len(passed)}"


def _why(cases: Mapping[str, Case], reasons: Mapping[str, str]) -> list[str]:
    """A line for each reason, with its operators and how many of their cases."""
    by_reason: dict[str, Counter[str]] = {}
    for name, reason in reasons.items():
        operator = cases[name].operator
        by_reason.setdefault(reason, Counter())[operator] += 1
    ordered = sorted(
        by_reason.items(),
        key=lambda item: (not item[0].startswith(skips.FAILED), -item[1].total(), item[0]),
    )
    return [
        f"- {reason}: {', '.join(f'{o} {n}' for o, n in sorted(found.items()))}"
        for reason, found in ordered
    ] or ["Every case passes."]
