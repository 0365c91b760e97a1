"""How the commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def print_json(data: object) -> None:
    """Prints one JSON document on stdout."""
    json.dump(data, sys.stdout, indent=2)
    sys.stdout.write("\n")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table whose columns are right-aligned where the first row has a number."""
    rows = [tuple(row) for row in rows]
    result = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for i, column in enumerate(columns):
        numeric = bool(rows) and isinstance(rows[0][i], (int, float, _Quantity))
        result.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        result.add_row(*(str(cell) for cell in row))
    return result


class _Quantity(str):
    """A number with its unit, already formatted."""


def size(nbytes: float) -> str:
    """Bytes for people: 12 B, 3.4 kB, 5.6 MB (powers of ten)."""
    for unit in ("B", "kB", "MB"):
        if nbytes < 1000:
            return _Quantity(f"{nbytes:.0f} {unit}" if unit == "B" else f"{nbytes:.1f} {unit}")
        nbytes /= 1000
    return _Quantity(f"{nbytes:.2f} GB")


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds with three digits after the point."""
    return _Quantity(f"{seconds * 1e3:.3f} ms")
