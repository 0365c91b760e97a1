"""`edgert inspect`."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgert._files import check_writable, write_atomically
from edgert.cli import options
from edgert.cli.output import print_json, shorten, show, size, table, terminal_width
from edgert.errors import BundleError, RuntimeUnavailableError

if TYPE_CHECKING:
    from rich.table import Table

    from edgert.bundle import BundleReader
    from edgert.cli.arena import Resident

_PICTURE, _AXIS = 96, 15  # columns of the memory plan, and of what stands before it
_LARGEST = 5  # contents of the arena that are listed by name


@click.command("inspect")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--calls", "show_calls", is_flag=True, help="Also list every kernel call.")
@click.option("--svg", type=click.Path(), help="Draw the memory plan to this file.")
@options.JSON
def command(bundle: Path, show_calls: bool, svg: str | None, as_json: bool) -> None:
    """Show inputs, outputs, kernels, sizes and memory plan.

    Nothing of BUNDLE is executed. Works without the native library, then without the checksum.

    \b
    Examples:
      edgert inspect model.edgert
      edgert inspect model.edgert --calls
      edgert inspect model.edgert --svg memory.svg

    A bundle for several input shapes has a program for each; the memory plan that --svg draws is
    the one of the largest.
    """
    if svg is not None:
        check_writable(svg)
    facts, plans = _read(bundle)
    if svg is not None:
        _draw(facts["programs"], plans, svg)
    if as_json:
        print_json({"bundle": str(bundle), **facts})
    else:
        _print(bundle, facts, plans, show_calls)


def _read(path: Path) -> tuple[dict[str, Any], list[list[Resident]]]:
    """What is in the bundle, and in the arena of each of its programs. Raises BundleError."""
    from edgert.bundle import BundleReader
    from edgert.cli.arena import residents

    reader = BundleReader.open(path)
    try:
        with contextlib.suppress(RuntimeUnavailableError):
            reader.verify_checksum()
        facts = _facts(reader)
        return facts, [residents(reader, index) for index in range(len(facts["programs"]))]
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from None


def _facts(reader: BundleReader) -> dict[str, Any]:
    return {
        "bytes": reader.size,
        "constants_bytes": reader.root.constants_size,
        "target": reader.root.target,
        "min_runtime": reader.root.min_runtime,
        "preprocessing": reader.root.preprocessing,
        "labels": len(reader.root.labels or ()),
        "metadata": reader.metadata(),
        "states": [_state(reader, state) for state in reader.root.states or ()],
        "partitions": [_partition(reader, segment) for segment in reader.root.segments or ()],
        "programs": [_program(reader, program) for program in reader.root.programs or ()],
    }


def _program(reader: BundleReader, program: Any) -> dict[str, Any]:
    bodies = [body for _, body, _ in reader.bodies(program)]
    calls = [
        {
            "kernel": reader.kernel_name(call),
            "node": call.name or "",
            "depth": sum(index in body for body in bodies),
        }
        for index, call in enumerate(program.calls or ())
    ]
    return {
        "name": program.name or "",
        "inputs": [_port(reader, port) for port in program.inputs or ()],
        "outputs": [_port(reader, port) for port in program.outputs or ()],
        "arena_bytes": program.arena_size,
        "kernels": dict(Counter(call["kernel"] for call in calls).most_common()),
        "calls": calls,
    }


def _partition(reader: BundleReader, segment: Any) -> dict[str, Any]:
    program = segment.program
    return {
        "provider": segment.provider or "CPU",
        "inputs": [_port(reader, port) for port in program.inputs or ()],
        "outputs": [_port(reader, port) for port in program.outputs or ()],
        "calls": len(program.calls or ()),
        "payload_bytes": segment.payload_size,
    }


def _state(reader: BundleReader, state: Any) -> dict[str, Any]:
    return {**_port(reader, state.port), "output": state.output or ""}


def _port(reader: BundleReader, port: Any) -> dict[str, Any]:
    facts = {
        "name": port.name or "",
        "type": reader.dtype_name(port.dtype),
        "shape": list(port.shape or ()),
    }
    if port.quantization is not None and port.quantization.scale:
        facts["scale"] = float(port.quantization.scale[0])
        facts["zero_point"] = int((port.quantization.zero_point or (0,))[0])
    return facts


def _meaning(port: dict[str, Any]) -> str:
    """Of the numbers of a port of 8 bits."""
    return f"scale {port['scale']:g}, zero point {port['zero_point']}" if "scale" in port else ""


def _print(
    bundle: Path, facts: dict[str, Any], plans: list[list[Resident]], show_calls: bool
) -> None:
    show(
        f"{bundle}: {size(facts['bytes'])}, of which constants {size(facts['constants_bytes'])}; "
        f"target {facts['target'] or '-'}, needs edgert {facts['min_runtime'] or '-'} or newer"
    )
    details = {**facts["metadata"], "preprocessing": facts["preprocessing"]}
    if facts["labels"]:
        details["labels"] = facts["labels"]
    show(table(["", ""], [item for item in details.items() if item[1]]))
    if facts["partitions"]:
        show("\npartitions")
        show(_partition_table(facts["partitions"]))
    for program, contents in zip(facts["programs"], plans):
        show(f"\nprogram '{program['name']}'\n")
        ports = [
            ("state", shorten(state["name"]), state["type"], str(state["shape"]), "")
            for state in facts["states"]
        ]
        ports += [
            (kind[:-1], shorten(port["name"]), port["type"], str(port["shape"]), _meaning(port))
            for kind in ("inputs", "outputs")
            for port in program[kind]
        ]
        quantized = any(port[-1] for port in ports)
        columns = ["", "NAME", "TYPE", "SHAPE", *["REAL NUMBERS"] * quantized]
        show(table(columns, [port[: len(columns)] for port in ports]))
        show("")
        show(table(["KERNEL", "CALLS"], program["kernels"].items()))
        if show_calls:
            rows = [
                (i, "  " * c["depth"] + c["kernel"], shorten(c["node"]))
                for i, c in enumerate(program["calls"])
            ]
            show("")
            show(table(["#", "KERNEL", "NODE"], rows))
        _print_memory(contents, program)


def _partition_table(partitions: list[dict[str, Any]]) -> Table:
    rows = [
        (
            part["provider"],
            part["calls"],
            size(part["payload_bytes"]),
            *(
                shorten(", ".join(f"{port['name']} {port['type']}" for port in part[ports]))
                for ports in ("inputs", "outputs")
            ),
        )
        for part in partitions
    ]
    return table(["PROVIDER", "CALLS", "PAYLOAD", "INPUTS", "OUTPUTS"], rows)


def _print_memory(contents: list[Resident], program: dict[str, Any]) -> None:
    from edgert.cli.arena import SYMBOLS, text_picture

    show(f"\nmemory plan: {size(program['arena_bytes'])}")
    columns = min(_PICTURE, terminal_width() - _AXIS)
    show(text_picture(contents, program["arena_bytes"], len(program["calls"]), columns))
    largest = sorted(enumerate(contents), key=lambda item: item[1].begin - item[1].end)
    rows = [
        (
            SYMBOLS[i % len(SYMBOLS)],
            size(r.end - r.begin),
            f"calls {r.first} to {r.last}",
            shorten(r.name),
        )
        for i, r in largest[:_LARGEST]
    ]
    if rows:
        show("\nlargest")
        show(table(["", "", "", ""], rows))


def _draw(programs: list[dict[str, Any]], plans: list[list[Resident]], path: str) -> None:
    from edgert.cli.arena import svg_picture

    if programs:
        program, contents = max(zip(programs, plans), key=lambda pair: pair[0]["arena_bytes"])
        picture = svg_picture(contents, program["arena_bytes"], len(program["calls"]))
        write_atomically(path, picture.encode())
