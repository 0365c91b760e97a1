"""Runs ONNX's backend test suite, prints a table and writes docs/op-coverage.md.

`--accept` also makes the cases that pass now the ones that the tests keep.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import onnx

from benchmarks.size import BUILD, build_library
from edgert import _introspection, _text
from edgert.cli.output import show, table

from . import passing, suite
from .reasons import short
from .suite import FAILED, PASSED, UNSUPPORTED, Outcome

REPORT = Path(__file__).parents[2] / "docs" / "op-coverage.md"
_INTRODUCTION = """\
# Operator coverage

The test suite that comes with ONNX {version} (`onnx.backend.test`), run through \
`edgert_compiler.onnx_backend`: each case is compiled to a float bundle in memory, loaded and run. \
`make conformance` writes this page; [element-types.md](element-types.md) says which element types \
each operator takes.

- **passed**: outputs as the suite expects them, within its tolerances. **failed**: wrong outputs, \
or an error that is none of the compiler's. **unsupported**: refused when compiling, with the \
reason given.
- **bound**: passed with inputs bound as constants (`edgert.compile(constants=...)`), as the suite \
gives weights, shapes and axes as inputs. **folded**: of these, cases whose inputs are then all \
constant, so that the compiler computes the result and nothing is left to run.
- A case of an operator's function body counts for the operator. Cases of several operators are \
listed as *Models*.

The library has {kernels} kernels and {operators} elementwise operators; stripped it is {size}.
"""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write tests/conformance/passing.txt")
    accept = parser.parse_args().accept
    outcomes = suite.run_all()
    REPORT.write_text(_report(outcomes), encoding="utf-8")
    rows = [(operator, *map(str, counts)) for operator, *counts, _ in _by_operator(outcomes)]
    show(table(["OPERATOR", "PASSED", "FAILED", "UNSUPPORTED"], rows))
    for row in _categories(outcomes):
        show(" ".join(map(str, row)))
    if accept:
        passing.write((o.category, o.operator, o.name) for o in outcomes if o.status == PASSED)


def _report(outcomes: list[Outcome]) -> str:
    introduction = _INTRODUCTION.format(
        version=onnx.__version__,
        kernels=len(_introspection.kernels()),
        operators=len(_introspection.elementwise_operators()),
        size=_text.size(build_library(BUILD / "host").total),
    )
    head = ("category", "cases", "passed", "bound", "folded", "failed", "unsupported")
    by_operator = [tuple(map(str, row)) for row in _by_operator(outcomes)]
    return "\n".join(
        [
            introduction,
            *_markdown(head, _categories(outcomes)),
            "",
            *_markdown(("operator", "passed", "failed", "unsupported", "why not"), by_operator),
            "",
        ]
    )


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]


def _categories(outcomes: list[Outcome]) -> list[tuple[str, ...]]:
    rows = []
    for category in dict.fromkeys(o.category for o in outcomes):
        found = [o for o in outcomes if o.category == category]
        passed = [o for o in found if o.status == PASSED]
        counts = (
            len(found),
            len(passed),
            sum(o.bound for o in passed),
            sum(o.folded for o in passed),
            sum(o.status == FAILED for o in found),
            sum(o.status == UNSUPPORTED for o in found),
        )
        rows.append((category, *map(str, counts)))
    return rows


def _by_operator(outcomes: list[Outcome]) -> list[tuple[str, int, int, int, str]]:
    rows = []
    for operator in sorted({o.operator for o in outcomes}, key=str.lower):
        found = [o for o in outcomes if o.operator == operator]
        counts = Counter(o.status for o in found)
        reasons = Counter(short(o.reason, operator) for o in found if o.status != PASSED)
        why = "; ".join(f"{reason} ({n})" if n > 1 else reason for reason, n in reasons.items())
        rows.append((operator, counts[PASSED], counts[FAILED], counts[UNSUPPORTED], why))
    return rows


if __name__ == "__main__":
    main()
