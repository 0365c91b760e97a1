"""How the commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from edgert import _text
from edgert._text import shorten

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = [
    "errors",
    "number",
    "print_json",
    "shorten",
    "show",
    "size",
    "table",
    "terminal_width",
]

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)
_UNWRAPPED = 10_000


def print_json(data: object) -> None:
    """Prints one JSON document on stdout."""
    json.dump(_finite(data), sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def _finite(data: Any) -> Any:
    """With null for what JSON has no numbers for: infinities and NaN."""
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def show(item: RenderableType) -> None:
    """Prints on stdout: fitted to a terminal; in files and pipes plain, one row is one line.

    A `str` is taken as it is, without markup.
    """
    item = Text(item) if isinstance(item, str) else item
    if console.is_terminal:
        console.print(item)
        return
    text = io.StringIO()
    Console(file=text, width=_UNWRAPPED, color_system=None, highlight=False).print(item)
    for line in text.getvalue().splitlines():
        sys.stdout.write(f"{line.rstrip()}\n")


def terminal_width() -> int:
    """Columns that one line may have: unlimited where stdout is no terminal."""
    return console.width if console.is_terminal else _UNWRAPPED


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table whose columns are right-aligned where the first row has a number."""
    rows = [tuple(row) for row in rows]
    result = Table(box=None, pad_edge=False, show_header=any(columns))
    for i, column in enumerate(columns):
        numeric = bool(rows) and isinstance(rows[0][i], (int, float, _Quantity))
        result.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        result.add_row(*(Text(str(cell)) for cell in row))
    return result


class _Quantity(str):
    """A number, already formatted."""


def size(nbytes: float) -> str:
    """Bytes for people, a number to `table`."""
    return _Quantity(_text.size(nbytes))


def number(value: float, digits: int) -> str:
    """A number with so many digits after the point, a number to `table`."""
    return _Quantity(f"{value:.{digits}f}")
