"""`edgert run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.padding import Padding

from edgert._files import check_files_writable, write_files
from edgert.cli import options
from edgert.cli.calls import call_facts, kernel_summary, show_profile
from edgert.cli.inputs import load_inputs, missing_inputs, safe_name
from edgert.cli.output import print_json, show, table

if TYPE_CHECKING:
    import numpy as np


@click.command("run")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=FILE",
    help="For each input of the model a .npy, or an image, which the bundle's declared "
    "preprocessing turns into the input.",
)
@click.option(
    "--output-dir", type=click.Path(path_type=Path), help="Write each output there as NAME.npy."
)
@click.option("--threads", type=click.IntRange(1), help="Default: all that this process may use.")
@options.delegation
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="Values shown.")
@click.option(
    "--profile",
    is_flag=True,
    help="Also print the time of each kernel, and of each call, in a further run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    bundle: Path,
    inputs: tuple[str, ...],
    output_dir: Path | None,
    threads: int | None,
    top: int,
    profile: bool,
    as_json: bool,
    **delegation: Any,
) -> None:
    """Run BUNDLE once and show its outputs.

    \b
    Examples:
      edgert run model.edgert --input input=photo.jpg
      edgert run model.edgert --input a=a.npy --input b=b.npy --output-dir out
      edgert run model.edgert --input input=photo.jpg --profile
      edgert run model.edgert --input input=photo.jpg --providers TFLite,CPU --strict
    """
    import edgert

    session = edgert.InferenceSession(bundle, num_threads=threads, **delegation)
    if not inputs and session.get_inputs():
        raise missing_inputs(session, "run", bundle)
    names = [port.name for port in session.get_outputs()]
    files = _file_names(names)
    if output_dir is not None:
        check_files_writable(output_dir, files)
    feed = load_inputs(session, inputs)
    outputs = session.run(None, feed)
    if output_dir is not None:
        write_files(output_dir, dict(zip(files, map(_npy, outputs))))
    labels = session.labels
    shown = {name: _summary(array, labels, top) for name, array in zip(names, outputs)}
    calls = [call_facts(call) for call in session.profile(feed)] if profile else None
    if as_json:
        told = {"outputs": shown, "calls": calls, "kernels": kernel_summary(calls or ())}
        print_json(shown if calls is None else told)
        return
    for name, summary in shown.items():
        show(f"{name} {summary['type']} {summary['shape']}")
        rows = [(e["index"], f"{e['value']:.6g}", e.get("label", "")) for e in summary["top"]]
        show(Padding(table(["", "", ""], rows), (0, 0, 0, 2)))
    if calls is not None:
        show_profile(calls)


def _npy(array: np.ndarray) -> bytes:
    """The content of an .npy file."""
    import io

    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _file_names(names: list[str]) -> list[str]:
    """NAME.npy, with characters replaced that do not belong into file names; all different."""
    found: list[str] = []
    for name in names:
        safe = safe_name(name)
        same = sum(other.startswith(f"{safe}.") for other in found)
        found.append(f"{safe}.{same}.npy" if same else f"{safe}.npy")
    return found


def _summary(array: np.ndarray, labels: list[str], top: int) -> dict[str, Any]:
    """Shape, type, and the largest values with their flat index."""
    import numpy as np

    flat = array.reshape(-1)
    order = np.argsort(flat.astype(np.float64), kind="stable")[::-1][:top]
    entries = []
    for index in order:
        entry = {"index": int(index), "value": float(flat[index])}
        if flat.size == len(labels):
            entry["label"] = labels[index]
        entries.append(entry)
    return {"shape": list(array.shape), "type": str(array.dtype), "top": entries}
