"""Options that several commands share, and what their values mean."""

from __future__ import annotations

import click

from edgert.errors import InputError

MODEL = click.argument("model", type=click.Path())
TARGET = click.option("--target", default="host", show_default=True, help="See `edgert targets`.")
INPUT_SHAPE = click.option(
    "--input-shape",
    "input_shapes",
    multiple=True,
    metavar="NAME:1,3,224,224",
    help="Shape of an input whose dimensions the model leaves open; may be repeated.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def parse_shapes(options: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """{name: shape} from `NAME:1,3,224,224` options. Raises InputError for a malformed one."""
    shapes = {}
    for option in options:
        name, colon, dims = option.rpartition(":")
        try:
            shape = tuple(int(dim) for dim in dims.split(","))
        except ValueError:
            shape = ()
        if not colon or not name or not shape or min(shape) < 1:
            raise InputError(
                f"--input-shape {option}: give NAME:1,3,224,224 with positive dimensions"
            )
        shapes[name] = shape
    return shapes
