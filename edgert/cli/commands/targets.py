"""`edgert targets`."""

from __future__ import annotations

import dataclasses

import click

from edgert.cli.output import print_json, show, table


@click.command("targets")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List the targets that models can be compiled for.

    \b
    Examples:
      edgert targets
      edgert targets --json
    """
    from edgert.targets import all_targets

    targets = all_targets().values()
    if as_json:
        print_json([dataclasses.asdict(target) for target in targets])
        return
    show(table(["TARGET", "DESCRIPTION"], [(t.name, t.description) for t in targets]))
