"""The committed list of passing cases: one line per category and operator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PATH = Path(__file__).with_name("passing.txt")


def read() -> dict[tuple[str, str], list[str]]:
    """Names of the cases that pass, by category and operator."""
    found = {}
    for line in PATH.read_text().splitlines():
        key, names = line.split(": ")
        category, operator = key.split(" / ")
        found[category, operator] = names.split()
    return found


def write(passed: Iterable[tuple[str, str, str]]) -> None:
    """Writes (category, operator, name) of the cases that pass."""
    found: dict[str, list[str]] = {}
    for category, operator, name in sorted(passed):
        found.setdefault(f"{category} / {operator}", []).append(name)
    PATH.write_text("".join(f"{key}: {' '.join(names)}\n" for key, names in found.items()))
