"""The tables of docs/arm.md, between two comments that mark their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.arm.debian import PACKAGES
from benchmarks.arm.emulator import ROOT
from benchmarks.arm.rows import Row

PATH = ROOT / "docs" / "arm.md"
BEGIN, END = "<!-- counts: make bench-arm -->", "<!-- end of counts -->"


def write(rows: Sequence[Row], path: Path = PATH) -> None:
    """Replaces what is between the comments. Raises SystemExit where they are missing."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path} has no place for tables: {BEGIN} … {END}")
    tables = "\n".join(render(rows))
    path.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}", encoding="utf-8")


def render(rows: Sequence[Row]) -> Iterator[str]:
    """Lines of Markdown: a table for each precision of runs, then one of starts."""
    litert = f"LiteRT {PACKAGES['ai-edge-litert']}"
    for what, title in (("run", "a run"), ("start", "import, load and first run")):
        for precision in dict.fromkeys(row.precision for row in rows):
            chosen = [row for row in rows if row.precision == precision]
            yield f"{precision.upper()}, {title}: edgert / {litert}, million instructions (ratio)\n"
            yield from _table(chosen, what)
            yield ""


def _table(rows: Sequence[Row], what: str) -> Iterator[str]:
    cpus = list(dict.fromkeys(row.cpu for row in rows))
    yield f"| model | {' | '.join(cpus)} |"
    yield "|---" * (1 + len(cpus)) + "|"
    by_place = {(row.model, row.cpu): row for row in rows}
    for model in dict.fromkeys(row.model for row in rows):
        cells = [_cell(by_place[model, cpu], what) for cpu in cpus]
        yield f"| {model} | {' | '.join(cells)} |"


def _cell(row: Row, what: str) -> str:
    mine, other = (row.millions(engine, what) for engine in ("edgert", "litert"))
    return f"{mine:.4g} / {other:.4g} ({row.ratio(what):.2f})"
