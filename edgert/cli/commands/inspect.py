"""`edgert inspect`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgert.cli import options
from edgert.cli.output import console, print_json, size, table

if TYPE_CHECKING:
    from edgert.bundle import BundleReader


@click.command("inspect")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--calls", "show_calls", is_flag=True, help="Also list every kernel call.")
@click.option("--svg", type=click.Path(path_type=Path), help="Draw the memory plan to this file.")
@options.JSON
def command(bundle: Path, show_calls: bool, svg: Path | None, as_json: bool) -> None:
    """Show what is in BUNDLE: inputs, outputs, kernels, sizes, memory plan.

    Nothing is executed, and the native library is not needed.

    \b
    Examples:
      edgert inspect model.edgert
      edgert inspect model.edgert --calls
      edgert inspect model.edgert --svg memory.svg
    """
    from edgert.bundle import BundleReader

    reader = BundleReader.open(bundle)
    facts = _facts(reader)
    if svg is not None:
        _draw(reader, svg)
    if as_json:
        print_json({"bundle": str(bundle), **facts})
        return
    _print(bundle, reader, facts, show_calls)


def _facts(reader: BundleReader) -> dict[str, Any]:
    return {
        "bytes": reader.size,
        "constants_bytes": reader.root.constants_size,
        "target": reader.root.target,
        "min_runtime": reader.root.min_runtime,
        "preprocessing": reader.root.preprocessing,
        "labels": len(reader.root.labels or ()),
        "metadata": reader.metadata(),
        "programs": [_program(reader, program) for program in reader.root.programs],
    }


def _program(reader: BundleReader, program: Any) -> dict[str, Any]:
    calls = [
        {"kernel": reader.kernel_name(call), "node": call.name or ""} for call in program.calls
    ]
    return {
        "name": program.name,
        "inputs": [_port(reader, port) for port in program.inputs or ()],
        "outputs": [_port(reader, port) for port in program.outputs or ()],
        "arena_bytes": program.arena_size,
        "kernels": dict(Counter(call["kernel"] for call in calls).most_common()),
        "calls": calls,
    }


def _port(reader: BundleReader, port: Any) -> dict[str, Any]:
    dtype = reader.enum_name("DType", port.dtype)
    return {"name": port.name, "type": dtype, "shape": list(port.shape or ())}


def _print(bundle: Path, reader: BundleReader, facts: dict[str, Any], show_calls: bool) -> None:
    from edgert.arena import residents, text_picture

    console.print(
        f"{bundle}: {size(facts['bytes'])}, of which constants {size(facts['constants_bytes'])}; "
        f"target {facts['target'] or '-'}, needs edgert {facts['min_runtime']} or newer",
        soft_wrap=True,
    )
    for key, value in facts["metadata"].items():
        console.print(f"  {key}: {value}", markup=False)
    if facts["preprocessing"]:
        console.print(f"preprocessing: {facts['preprocessing']}", markup=False)
    for index, program in enumerate(facts["programs"]):
        ports = [
            (kind[:-1], port["name"], port["type"], str(port["shape"]))
            for kind in ("inputs", "outputs")
            for port in program[kind]
        ]
        console.print(table(f"\nprogram '{program['name']}'", ["", "NAME", "TYPE", "SHAPE"], ports))
        counts = [(name, count) for name, count in program["kernels"].items()]
        console.print(table("", ["KERNEL", "CALLS"], counts))
        if show_calls:
            rows = [(i, c["kernel"], c["node"]) for i, c in enumerate(program["calls"])]
            console.print(table("", ["#", "KERNEL", "NODE"], rows))
        console.print(f"\nmemory plan: {size(program['arena_bytes'])}")
        calls = len(program["calls"])
        picture = text_picture(residents(reader, index), program["arena_bytes"], calls)
        console.print(picture, markup=False, soft_wrap=True)


def _draw(reader: BundleReader, path: Path) -> None:
    from edgert._files import write_atomically
    from edgert.arena import residents, svg_picture

    program = reader.root.programs[0]
    picture = svg_picture(residents(reader), program.arena_size, len(program.calls))
    write_atomically(path, picture.encode())
