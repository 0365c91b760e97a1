"""Runs every operator with every element type, and writes docs/element-types.md."""

from __future__ import annotations

from edgert.cli.output import show

from . import page
from .sweep import WRONG, run_operator
from .templates import templates


def main() -> None:
    """The command line; exits with 1 where something is wrong."""
    table = {}
    for operator in templates():
        table.update(run_operator(operator))
    page.write(table)
    show(f"written: {page.PATH}")
    wrong = [
        f"{' '.join(key)} {element}: {found.reason}"
        for key, row in table.items()
        for element, found in row.items()
        if found.status == WRONG
    ]
    for line in wrong:
        show(line)
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
