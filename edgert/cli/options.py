"""Options that several commands share, and what their values mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgert._text import reason
from edgert.errors import InputError

if TYPE_CHECKING:
    import numpy as np

MODEL = click.argument("model", type=click.Path())
TARGET = click.option("--target", default="host", show_default=True, help="See `edgert targets`.")
TARGET_OPTION = click.option(
    "--target-option",
    "target_options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the target's own, see `edgert targets`; may be repeated.",
)
INPUT_SHAPE = click.option(
    "--input-shape",
    "input_shapes",
    multiple=True,
    metavar="NAME:1,3,224,224",
    help="Shape of an input whose dimensions the model leaves open; may be repeated.",
)
CONSTANT = click.option(
    "--constant",
    "constants",
    multiple=True,
    metavar="NAME=FILE.npy",
    help="Value of an input that is the same at every run; may be repeated.",
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


def parse_pairs(option: str, pairs: tuple[str, ...]) -> dict[str, str]:
    """{name: value} from `NAME=VALUE` options. Raises InputError for a malformed one."""
    parsed = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise InputError(f"{option} {pair}: give NAME=VALUE")
        parsed[name] = value
    return parsed


def load_npy(option: str, name: str, path: Path) -> np.ndarray:
    """The array in an .npy file. Raises InputError that names the option."""
    import numpy as np

    try:
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise InputError(f"{option} {name}={path}: cannot be read: {reason(error)}") from error
    except (ValueError, EOFError) as error:
        raise InputError(f"{option} {name}={path}: is not a .npy file: {reason(error)}") from error
    if not isinstance(array, np.ndarray):
        raise InputError(f"{option} {name}={path}: holds several arrays; give a .npy file of one")
    return array


def load_constants(options: tuple[str, ...]) -> dict[str, np.ndarray]:
    """{name: array} from `NAME=FILE.npy` options. Raises InputError for a malformed one."""
    constants = {}
    for option in options:
        name, equals, path = option.partition("=")
        if not equals or not name:
            raise InputError(f"--constant {option}: give NAME=FILE.npy")
        constants[name] = load_npy("--constant", name, Path(path))
    return constants
