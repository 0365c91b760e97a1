"""`edgert check`."""

from __future__ import annotations

import click

from edgert._extras import compiler_needed
from edgert.cli import options
from edgert.cli.compiler import targets
from edgert.cli.output import print_json, shorten, show, table


@click.command("check")
@options.MODEL
@options.TARGET
@options.TARGET_OPTION
@options.INPUT_SHAPE
@options.CONSTANT
@options.JSON
def command(
    model: str,
    target: str | None,
    target_options: tuple[str, ...],
    input_shapes: tuple[str, ...],
    constants: tuple[str, ...],
    as_json: bool,
) -> None:
    """Tell whether the ONNX file MODEL would compile.

    Lists every obstacle at once: node, operator, opset, reason.

    Exits with 0 where it would, with 1 where it would not.

    \b
    Examples:
      edgert check model.onnx --target arm64
      edgert check model.onnx --json
    """
    found = targets().choose(target, None)
    chosen = found.check("auto", options.parse_pairs("--target-option", target_options))
    shape_sets = options.parse_shapes(input_shapes)
    values = options.load_constants(constants)
    with compiler_needed():
        from edgert_compiler.graph.metadata import notes
        from edgert_compiler.pipeline import optimized
        from edgert_compiler.progress import shown

        backend = found.backend(found.suffixes[0], chosen)
    with shown(None) as progress:
        models = [optimized(model, s, values, progress, backend)[0] for s in shape_sets]
    told = {str(one): one for optimal in models for one in backend.unsupported(optimal)}
    obstacles = list(told.values())
    remarks = list(dict.fromkeys(note for optimal in models for note in notes(optimal)))
    if as_json:
        print_json(
            {
                "supported": not obstacles,
                "nodes": [obstacle.to_dict() for obstacle in obstacles],
                "notes": remarks,
            }
        )
    elif obstacles:
        rows = [(shorten(o.node), o.operator, o.opset, o.reason) for o in obstacles]
        nodes = "1 node keeps" if len(rows) == 1 else f"{len(rows)} nodes keep"
        show(f"{model}: {nodes} it from being compiled\n")
        show(table(["NODE", "OPERATOR", "OPSET", "REASON"], rows))
    else:
        show(f"{model}: every operator is supported")
    if not as_json:
        for remark in remarks:
            show(f"note: {remark}")
    if obstacles:
        raise SystemExit(1)
