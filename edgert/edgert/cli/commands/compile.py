"""`edgert compile`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgert._text import reason
from edgert.cli import options
from edgert.cli.compiler import targets
from edgert.cli.output import print_json, show


@click.command("compile")
@options.MODEL
@click.option(
    "-o",
    "--output",
    type=click.Path(),  # as a Path it would lose a slash at its end
    help="Default: MODEL with the suffix of what the target writes, .edgert as a rule. Without "
    "--target the suffix chooses it: .tflite, .mlpackage, .onnx; anything else is a bundle.",
)
@options.TARGET
@options.TARGET_OPTION
@click.option(
    "--io-type",
    "io_types",
    multiple=True,
    metavar="[PORT=]TYPE",
    help="Element type of float inputs and outputs: float32 (the default), int8 or uint8, which "
    "need calibration data or Q/DQ nodes. PORT is a name, 'inputs' or 'outputs'; may be repeated.",
)
@click.option(
    "--io-layout",
    type=options.Choice(["onnx", "nhwc"]),
    help="nhwc: images go in and come out with their channels last.",
)
@click.option(
    "--precision",
    type=options.Choice(["auto", "int8", "fp32", "fp16"]),
    default="auto",
    show_default=True,
    help="auto and int8 are the same: int8 wherever it pays. fp16 stores the weights of fp32 "
    "in half the bytes.",
)
@click.option(
    "--calibration",
    type=click.Path(),
    help="Typical inputs: an .npz, or a folder of .npy/.npz, of images, or of test_data_set_*.",
)
@click.option(
    "--preprocess",
    metavar="SPEC",
    shell_complete=options.complete_presets,
    help="How images become inputs: a .yaml or .json file, or text such as 'imagenet'.",
)
@options.INPUT_SHAPE
@options.STATE
@options.INITIAL_STATE
@options.CONSTANT
@click.option(
    "--max-ram",
    type=options.parse_bytes,
    metavar="SIZE",
    help="Fail where intermediate results and states need more: 256K, 1M.",
)
@click.option(
    "--keep-intermediates",
    is_flag=True,
    help="For debugging: no results share memory, so that all can be read after a run.",
)
@click.option(
    "--observer",
    metavar="NAME",
    shell_complete=options.complete_observers,
    help="How ranges are chosen from calibration data: min_max, percentile, mse (the default).",
)
@click.option("--labels", type=click.Path(path_type=Path), help="Class names, one a line.")
@options.JSON
def command(
    model: str,
    output: str | None,
    target: str | None,
    target_options: tuple[str, ...],
    io_types: tuple[str, ...],
    io_layout: str | None,
    precision: str,
    calibration: str | None,
    preprocess: str | None,
    input_shapes: tuple[str, ...],
    state: tuple[str, ...],
    initial_state: tuple[str, ...],
    constants: tuple[str, ...],
    max_ram: int | None,
    keep_intermediates: bool,
    observer: str | None,
    labels: Path | None,
    as_json: bool,
) -> None:
    """Compile the ONNX file MODEL to a bundle.

    With calibration data, activations and weights become INT8. Without, weights become INT8 and
    activations are quantized while running where that pays.

    \b
    Examples:
      edgert compile model.onnx --target arm64
      edgert compile model.onnx --calibration images/ --preprocess spec.yaml -o model.edgert
      edgert compile model.onnx --precision fp32 --input-shape input:1,3,224,224

    \b
    A camera's bytes in, floats out; or one port alone:
      edgert compile model.onnx --calibration images/ --preprocess imagenet --io-type inputs=uint8
      edgert compile model.onnx --calibration data.npz --io-type uint8 --io-type scores=float32

    \b
    Several input shapes in one bundle, which shares the weights; a run takes the one that fits:
      edgert compile model.onnx --input-shape x:1,3,224,224 --input-shape x:1,3,320,320
      edgert compile m.onnx --input-shape "ids:1,64;mask:1,64" --input-shape "ids:1,9;mask:1,9"

    \b
    A streaming model whose state stays inside, on a board with little memory:
      edgert compile model.onnx --state h_out:h_in --state c_out:c_in --max-ram 256K
    """
    import edgert

    chosen: dict[str, Any] = {"observer": observer} if observer else {}
    report = edgert.compile(
        model,
        target=target,
        precision=precision,
        calibration=calibration,
        preprocess=preprocess,
        input_shapes=options.parse_shapes(input_shapes),
        constants=options.load_constants(constants),
        state=options.parse_states(state),
        initial_state=options.load_arrays("--initial-state", initial_state),
        max_ram=max_ram,
        keep_intermediates=keep_intermediates,
        output=_beside(model, target) if output is None else output,
        labels=_read_labels(labels) if labels else (),
        io_type=",".join(io_types) or None,
        io_layout=io_layout,
        target_options=options.parse_pairs("--target-option", target_options),
        **chosen,
    )
    if as_json:
        print_json(report.to_dict())
    else:
        show(report)


def _beside(model: str, target: str | None) -> Path:
    path, suffix = Path(model), targets().choose(target, None).suffixes[0]
    if path.suffix == suffix:
        return path.with_suffix(f".optimized{suffix}")
    return path.with_suffix(suffix) if path.name else path


def _read_labels(path: Path) -> tuple[str, ...]:
    from edgert.errors import InputError

    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except OSError as error:
        raise InputError(f"--labels {path}: cannot be read: {reason(error)}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"--labels {path}: is not UTF-8 text") from error
    if not lines:
        raise InputError(f"--labels {path}: has no label")
    return tuple(lines)
