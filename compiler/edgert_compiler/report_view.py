"""The report as a table for the terminal."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from edgert._html import html_table
from edgert._text import shorten, size

if TYPE_CHECKING:
    from edgert_compiler.report import CompileReport, PortReport, StateReport

_WIDTH = 100
_NAMES = 3  # shown for each reason


def render(report: CompileReport) -> RenderableType:
    """Facts, then what does not compute in int8 and why, then notes."""
    parts: list[RenderableType] = [_facts(report)]
    reasons = Counter(node.reason for node in report.nodes if node.reason)
    if reasons and report.precision != "fp32":
        parts += [Text("\nnot in int8", "bold"), _reasons(report, reasons)]
    parts += [Text(f"\nnote: {note}") for note in report.notes]
    return Group(*parts)


def plain(report: CompileReport) -> str:
    """`render` without colours, 100 columns wide."""
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None)
    console.print(render(report))
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def html(report: CompileReport) -> str:
    """`render` as tables of HTML."""
    parts = [html_table(row for row in _rows(report) if row[1])]
    if report.precision != "fp32":
        reasons = Counter(node.reason for node in report.nodes if node.reason)
        rows = [(count, reason) for reason, count in reasons.most_common()]
        parts += [html_table(rows, caption="not in int8")] if rows else []
    parts += [html_table([("note", note) for note in report.notes])] if report.notes else []
    return "".join(parts)


def _facts(report: CompileReport) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, fact in _rows(report):
        if fact:
            table.add_row(Text(name), Text(fact))
    return table


def _rows(report: CompileReport) -> list[tuple[str, str]]:
    """Names of facts, and the facts; empty where there is nothing to say."""
    return [
        ("written", f"{report.output or 'in memory'}, {size(report.bundle_bytes)}"),
        ("target", report.target),
        ("precision", _precision(report)),
        *_ports(report),
        *(("state", _state(state)) for state in report.states),
        ("weights", size(report.constants_bytes)),
        ("arena", _arena(report)),
        ("work", f"{report.macs / 1e6:.1f} million multiply-accumulates" if report.macs else ""),
        ("kernels", ", ".join(f"{count} {name}" for name, count in report.kernels.items())),
    ]


def _reasons(report: CompileReport, reasons: Counter[str]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for reason, count in reasons.most_common():
        names = [node.name for node in report.nodes if node.reason == reason]
        shown = ", ".join(map(shorten, names[:_NAMES]))
        more = f" and {count - _NAMES} more" if count > _NAMES else ""
        table.add_row(Text(str(count)), Text(reason))
        table.add_row("", Text(f"{shown}{more}", "dim"))
    return table


def _arena(report: CompileReport) -> str:
    if not report.memory_strategy:
        return ""
    bound = report.arena_bytes / max(1, report.arena_lower_bound)
    return f"{size(report.arena_bytes)}, {bound:.2f} x the lower bound"


def _ports(report: CompileReport) -> list[tuple[str, str]]:
    """Inputs and outputs; where there are several sets of shapes, those of each."""
    if len(report.variants) < 2:
        return [
            ("inputs", ", ".join(map(_port, report.inputs))),
            ("outputs", ", ".join(map(_port, report.outputs))),
        ]
    return [
        (
            f"shapes {number}",
            f"{', '.join(map(_port, variant.inputs))} -> {', '.join(map(_port, variant.outputs))}, "
            f"arena {size(variant.arena_bytes)}",
        )
        for number, variant in enumerate(report.variants, start=1)
    ]


def _state(state: StateReport) -> str:
    name = f"{shorten(state.output)} -> {shorten(state.input)}"
    return f"{name} {state.type}{list(state.shape)}"


def _precision(report: CompileReport) -> str:
    counts = Counter(node.precision for node in report.nodes)
    nodes = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    return f"{report.precision} ({nodes} nodes)"


def _port(port: PortReport) -> str:
    return f"{shorten(port.name)} {port.type}{list(port.shape)}"
