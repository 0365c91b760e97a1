"""`edgert targets`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from edgert.cli.compiler import targets
from edgert.cli.output import print_json, show, table

if TYPE_CHECKING:
    from edgert_targets import Target


@click.command("targets")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List the targets that models can be compiled for.

    \b
    Examples:
      edgert targets
      edgert targets --json
    """
    found = targets().all_targets().values()
    if as_json:
        print_json([_facts(target) for target in found])
        return
    rows = [(t.name, " ".join(t.suffixes), t.description, _options(t)) for t in found]
    show(table(["TARGET", "WRITES", "DESCRIPTION", "OPTIONS"], rows))


def _facts(target: Target) -> dict[str, Any]:
    return {
        **dataclasses.asdict(target),
        "suffixes": target.suffixes,
        "precisions": target.precisions,
        "options": target.options,
    }


def _options(target: Target) -> str:
    return " ".join(f"{name}={'|'.join(values)}" for name, values in target.options.items())
