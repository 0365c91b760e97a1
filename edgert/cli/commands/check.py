"""`edgert check`."""

from __future__ import annotations

import dataclasses

import click

from edgert.cli import options
from edgert.cli.output import console, print_json, table


@click.command("check")
@options.MODEL
@options.TARGET
@options.INPUT_SHAPE
@options.CONSTANT
@options.JSON
def command(
    model: str,
    target: str,
    input_shapes: tuple[str, ...],
    constants: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say whether the ONNX file MODEL would compile, and list every obstacle at once.

    Exits with 0 where it would, with 1 where it would not.

    \b
    Examples:
      edgert check model.onnx --target arm64
      edgert check model.onnx --json
    """
    from edgert.compiler.importer import load_model
    from edgert.compiler.passes import optimize
    from edgert.compiler.passes.unsupported import unsupported
    from edgert.targets import find

    find(target)
    shapes, values = options.parse_shapes(input_shapes), options.load_constants(constants)
    graph = optimize(load_model(model, shapes, values))
    obstacles = unsupported(graph)
    if as_json:
        print_json(
            {"supported": not obstacles, "nodes": [dataclasses.asdict(o) for o in obstacles]}
        )
    elif obstacles:
        rows = [(o.node, o.op, o.reason) for o in obstacles]
        console.print(
            table(f"{model}: {len(rows)} obstacle(s)", ["NODE", "OPERATOR", "REASON"], rows)
        )
    else:
        console.print(f"{model}: every operator is supported")
    if obstacles:
        raise SystemExit(1)
