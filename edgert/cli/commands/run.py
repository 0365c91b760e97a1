"""`edgert run`."""

from __future__ import annotations

from pathlib import Path

import click

from edgert.cli.inputs import load_inputs
from edgert.cli.output import console, print_json


@click.command("run")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--input",
    "inputs",
    multiple=True,
    required=True,
    metavar="NAME=FILE",
    help="A .npy, or an image, which the bundle's declared preprocessing turns into the input.",
)
@click.option(
    "--output-dir", type=click.Path(path_type=Path), help="Write each output there as NAME.npy."
)
@click.option(
    "--threads", type=click.IntRange(1), help="Threads; default: what this process may use."
)
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="Values shown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    bundle: Path,
    inputs: tuple[str, ...],
    output_dir: Path | None,
    threads: int | None,
    top: int,
    as_json: bool,
) -> None:
    """Run BUNDLE once and show its outputs.

    \b
    Examples:
      edgert run model.edgert --input input=photo.jpg
      edgert run model.edgert --input a=a.npy --input b=b.npy --output-dir out
    """
    import edgert

    session = edgert.InferenceSession(bundle, num_threads=threads)
    outputs = session.run(None, load_inputs(session, inputs))
    names = [port.name for port in session.get_outputs()]
    if output_dir is not None:
        _save(output_dir, names, outputs)
    labels = session.labels
    shown = {name: _summary(array, labels, top) for name, array in zip(names, outputs)}
    if as_json:
        print_json(shown)
        return
    for name, summary in shown.items():
        console.print(f"[bold]{name}[/bold] {summary['type']} {summary['shape']}")
        for entry in summary["top"]:
            label = f"  {entry['label']}" if "label" in entry else ""
            console.print(f"  [{entry['index']}] {entry['value']:.6g}{label}", markup=False)


def _save(folder: Path, names: list[str], outputs: list) -> None:  # type: ignore[type-arg]
    import io

    import numpy as np

    from edgert._files import write_atomically

    for name, array in zip(names, outputs):
        buffer = io.BytesIO()
        np.save(buffer, array)
        safe = "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
        write_atomically(folder / f"{safe}.npy", buffer.getvalue())


def _summary(array, labels: list[str], top: int) -> dict:  # type: ignore[no-untyped-def,type-arg]
    """Shape, type, and the largest values with their flat index."""
    import numpy as np

    flat = np.asarray(array).reshape(-1)
    order = np.argsort(flat.astype(np.float64), kind="stable")[::-1][:top]
    entries = []
    for index in order:
        entry = {"index": int(index), "value": float(flat[index])}
        if flat.size == len(labels):
            entry["label"] = labels[index]
        entries.append(entry)
    return {"shape": list(array.shape), "type": str(array.dtype), "top": entries}
