"""The time of kernel calls, as commands print it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from edgert.cli.output import number, shorten, show, table

if TYPE_CHECKING:
    from edgert._introspection import CallProfile


def call_facts(call: CallProfile) -> dict[str, Any]:
    """Kernel, node and milliseconds of a call."""
    return {"kernel": call.kernel, "name": call.name, "ms": call.nanoseconds / 1e6}


def kernel_summary(calls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls, milliseconds and share of each kernel, the slowest first."""
    from edgert.profile import kernel_times

    return [time._asdict() for time in kernel_times((c["kernel"], c["ms"]) for c in calls)]


def show_profile(calls: Sequence[dict[str, Any]]) -> None:
    """Prints the time of each kernel, then of each call: the slowest first, with its number."""
    total = sum(call["ms"] for call in calls) or 1.0
    rows = [
        (k["kernel"], k["calls"], number(k["ms"], 4), number(100 * k["share"], 1))
        for k in kernel_summary(calls)
    ]
    show("")
    show(table(["KERNEL", "CALLS", "MS", "%"], rows))
    slowest = sorted(enumerate(calls), key=lambda item: -item[1]["ms"])
    rows_of_calls = [
        (i, c["kernel"], number(c["ms"], 4), number(100 * c["ms"] / total, 1), shorten(c["name"]))
        for i, c in slowest
    ]
    show("")
    show(table(["#", "KERNEL", "MS", "%", "NODE"], rows_of_calls))
