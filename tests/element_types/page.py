"""docs/element-types.md: writing it, and reading back what it promises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import onnx
import onnxruntime

from tests.conformance.reasons import short

from .sweep import REFUSED, RUNS, Outcome
from .variations import ALL, STRING, TYPES

PATH = Path(__file__).parents[2] / "docs" / "element-types.md"
_INTRODUCTION = """\
# Element types

Each operator that edgert computes, with each element type that ONNX {version} allows for it: a \
small model of one node is compiled in float32 precision (models of floats also in the default \
one), loaded, run and compared with onnxruntime {ort}, or with ONNX's reference implementation \
where onnxruntime does not run it. `make types` writes this page; a test holds every later version \
to it.

- A line is for one variable of the operator's schema; the others have float32, or what the \
operator wants. *{all}*: all operands that are floats have the type.
- **bold**: onnxruntime runs it, edgert refuses it. The others onnxruntime does not run either.
- Whatever compiles loads and gives the same numbers. Types of 8 bits and fewer, and bfloat16, \
are compared as coarsely as they are.
- Strings are refused everywhere, and some types together by ONNX itself: these are left out.

{counts}

| operator | variable | runs | refused when compiling |
| --- | --- | --- | --- |
"""

Table = Mapping[tuple[str, str], Mapping[str, Outcome]]
"""{(operator, variable): {element type: outcome}}"""


def write(table: Table) -> None:
    """Writes the page; operators of which nothing runs are left out."""
    implemented = {
        op for (op, _), row in table.items() if any(o.status == RUNS for o in row.values())
    }
    shown = {key: row for key, row in table.items() if key[0] in implemented}
    outcomes = [o for row in shown.values() for e, o in row.items() if e != STRING]
    runs = sum(o.status == RUNS for o in outcomes)
    peers = sum(o.status == REFUSED and o.peer for o in outcomes)
    counts = (
        f"{len(implemented)} operators, {len(outcomes)} combinations: {runs} run, "
        f"{len(outcomes) - runs} are refused, {peers} of which onnxruntime runs."
    )
    head = _INTRODUCTION.format(
        version=onnx.__version__, ort=onnxruntime.__version__, all=ALL, counts=counts
    )
    lines = [_line(op, variable, row) for (op, variable), row in shown.items()]
    PATH.write_text(head + "".join(lines), encoding="utf-8")


def read() -> dict[tuple[str, str], list[str]]:
    """{(operator, variable): element types that run}"""
    found = {}
    for line in PATH.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and set(cells[2].split()) <= set(TYPES):
            found[cells[0], cells[1]] = cells[2].split()
    return found


def _line(operator: str, variable: str, row: Mapping[str, Outcome]) -> str:
    runs = [element for element in TYPES if element in row and row[element].status == RUNS]
    reasons: dict[str, list[str]] = {}
    for element in TYPES:
        found = row.get(element)
        if found is not None and found.status == REFUSED and element != STRING:
            name = f"**{element}**" if found.peer else element
            reasons.setdefault(_reason(found.reason, operator), []).append(name)
    refused = "; ".join(f"{' '.join(elements)}: {why}" for why, elements in reasons.items())
    return f"| {operator} | {variable} | {' '.join(runs)} | {refused} |\n"


def _reason(message: str, operator: str) -> str:
    """In a few words, without the types of this model's inputs, which the line has."""
    if match := re.search(r"edgert (computes this in [\w, ]+)", message):
        return match[1]
    if "is not valid" in message:
        return "taken for invalid"
    return short(message, operator.rpartition(".")[2])
