"""The committed list of each runtime: reasons, and below each the cases that it keeps from passing.

A reason that starts with "failed: " is a wrong result or an unexpected error and may be written by
hand; it is kept as long as the case fails. All others are the refusals of the runtime's compiler.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).with_name("skips")
FAILED = "failed: "
_INDENT = "    "


def read(runtime: str) -> dict[str, str]:
    """The reason by case, empty for a runtime that has no list."""
    path = FOLDER / f"{runtime}.txt"
    found: dict[str, str] = {}
    reason = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith(_INDENT):
            found |= dict.fromkeys(line.split(), reason)
        else:
            reason = line
    return found


def write(runtime: str, reasons: Mapping[str, str]) -> None:
    """Writes the list, sorted, and keeps the reasons of failures that it has already."""
    known = {case: r for case, r in read(runtime).items() if r.startswith(FAILED)}
    by_reason: dict[str, list[str]] = {}
    for case, reason in reasons.items():
        kept = known.get(case, reason) if reason.startswith(FAILED) else reason
        by_reason.setdefault(kept, []).append(case)
    lines = []
    for reason in sorted(by_reason, key=str.lower):
        cases = " ".join(sorted(by_reason[reason]))
        lines += [reason, *textwrap.wrap(cases, 100, initial_indent=_INDENT, **_WRAP)]
    (FOLDER / f"{runtime}.txt").write_text("".join(f"{x}\n" for x in lines), encoding="utf-8")


_WRAP = {"subsequent_indent": _INDENT, "break_long_words": False, "break_on_hyphens": False}
