"""Options that several commands share, and what their values mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgert._extras import compiler_needed
from edgert._text import did_you_mean, reason
from edgert.cli.compiler import targets
from edgert.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Choice(click.Choice):  # type: ignore[type-arg]  # generic since click 8.2
    """One of several words; a message about another one names the closest."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            guess = did_you_mean(str(value), map(str, self.choices)) or "."
            raise click.BadParameter(f"{error.message.rstrip('.')}{guess}", ctx, param) from error


MODEL = click.argument("model", type=click.Path())


def _complete(names: Callable[[], Iterable[str]]) -> Callable[..., list[str]]:
    """What a shell completes a value to."""
    return lambda _context, _option, begun: [name for name in names() if name.startswith(begun)]


def _targets() -> Iterable[str]:
    return targets().all_targets()


def _presets() -> Iterable[str]:
    from edgert.preprocess import PRESETS

    return PRESETS


def _observers() -> Iterable[str]:
    with compiler_needed():
        from edgert_compiler.quantization.observers import observers
    return sorted(observers())


complete_presets = _complete(_presets)
complete_observers = _complete(_observers)
TARGET = click.option(
    "--target", shell_complete=_complete(_targets), help="See `edgert targets`; default: host."
)
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
    help="Shape of an input whose dimensions the model leaves open; may be repeated. Naming an "
    "input again begins a further set of shapes, which the same bundle serves.",
)
PLANNED_SHAPE = click.option(
    "--input-shape",
    "input_shapes",
    multiple=True,
    metavar="NAME:1,3,224,224",
    help="Of a bundle that has several sets of shapes, which to run; default: the first.",
)
STATE = click.option(
    "--state",
    "state",
    multiple=True,
    metavar="OUT:IN",
    help="The output OUT of one run is the input IN of the next; may be repeated.",
)
INITIAL_STATE = click.option(
    "--initial-state",
    multiple=True,
    metavar="IN=FILE.npy",
    help="What the input IN of a --state has in the first run, if not zeros.",
)
CONSTANT = click.option(
    "--constant",
    "constants",
    multiple=True,
    metavar="NAME=1,2",
    help="Value of an input that is the same at every run: numbers, or a .npy file; may be "
    "repeated.",
)
_DELEGATION = (
    click.option(
        "--providers",
        metavar="TFLite,CPU",
        callback=lambda _context, _option, names: None if names is None else names.split(","),
        help="What may compute partitions of the bundle, best first. Default: the CPU's own "
        "kernels.",
    ),
    click.option(
        "--delegate",
        type=Choice(["always", "auto"]),
        default="always",
        show_default=True,
        help="auto: measure each partition in the first run, keep what is faster; by default of "
        "all providers that the bundle has partitions for.",
    ),
    click.option("--strict", is_flag=True, help="Fail where a provider is missing."),
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def delegation(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options for partitions: arguments of `InferenceSession` by name."""
    for option in reversed(_DELEGATION):
        command = option(command)
    return command


# A name may contain ":" and ";": what follows the last colon, up to ";" or the end, are numbers.
_SHAPE = re.compile(r"(?P<name>.+?):(?P<dims>\d+(,\d+)*)?(;|$)")


def parse_shapes(options: tuple[str, ...]) -> list[dict[str, tuple[int, ...]]]:
    """Sets of {name: shape} from `NAME:1,3,224,224` options; an empty one where there are none.

    An option may give several inputs, separated by ";". An input that the set has already begins
    the next set. Raises InputError for a malformed option.
    """
    sets: list[dict[str, tuple[int, ...]]] = [{}]
    for option in options:
        for name, shape in _shapes(option):
            if name in sets[-1]:
                sets.append({})
            sets[-1][name] = shape
    return sets


def _shapes(option: str) -> list[tuple[str, tuple[int, ...]]]:
    shapes, position = [], 0
    while position < len(option):
        found = _SHAPE.match(option, position)
        if found is None:
            break
        dims = found["dims"]
        shapes.append((found["name"], tuple(map(int, dims.split(","))) if dims else ()))
        position = found.end()
    if not shapes or position < len(option):
        raise InputError(
            f"--input-shape {option}: give NAME:1,3,224,224; several inputs are separated by ';'"
        )
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


def parse_states(options: tuple[str, ...]) -> dict[str, str]:
    """{output: input} from `OUT:IN` options. Raises InputError for a malformed one.

    Names may have colons if both have as many, as in `h_out:0:h_in:0`.
    """
    states = {}
    for option in options:
        parts = option.split(":")
        middle, odd = divmod(len(parts), 2)
        if odd or not all(parts):
            raise InputError(f"--state {option}: give OUT:IN, an output and an input of the model")
        states[":".join(parts[:middle])] = ":".join(parts[middle:])
    return states


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmMgG]?)(?:i?[bB])?")


def parse_bytes(text: str) -> int:
    """A number of bytes from 65536, 64K or 1.5M; K is 1024. Raises click.BadParameter."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text} is no size; give bytes, or for example 256K or 1M")
    return int(float(found[1]) * 1024 ** ("kmg".find(found[2].lower() or "-") + 1))


def load_npy(option: str, name: str, path: Path) -> np.ndarray:
    """The array in an .npy file. Raises InputError that names the option."""
    import numpy as np

    if path.exists() and not path.is_file():
        raise InputError(f"{option} {name}={path}: is no regular file")
    try:
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise InputError(f"{option} {name}={path}: cannot be read: {reason(error)}") from error
    except Exception as error:  # of any kind: a header is parsed, and may ask for any memory
        raise InputError(f"{option} {name}={path}: is not a .npy file: {reason(error)}") from error
    if not isinstance(array, np.ndarray):
        raise InputError(f"{option} {name}={path}: holds several arrays; give a .npy file of one")
    return array


def load_constants(options: tuple[str, ...]) -> dict[str, npt.ArrayLike]:
    """{name: numbers or array} from `NAME=1,2` and `NAME=FILE.npy` options. Raises InputError."""
    constants: dict[str, npt.ArrayLike] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name or not value:
            raise InputError(f"--constant {option}: give NAME=1,2 or NAME=FILE.npy")
        numbers = _numbers(value)
        constants[name] = load_npy("--constant", name, Path(value)) if numbers is None else numbers
    return constants


def _numbers(text: str) -> list[float] | None:
    """The numbers of "1,2.5", or None where the text is something else."""
    try:
        found = json.loads(f"[{text}]")
    except ValueError:
        return None
    return found if all(isinstance(number, (int, float)) for number in found) else None


def load_arrays(kind: str, options: tuple[str, ...]) -> dict[str, np.ndarray]:
    """{name: array} from `NAME=FILE.npy` options. Raises InputError for a malformed one."""
    arrays = {}
    for option in options:
        name, equals, path = option.partition("=")
        if not equals or not name:
            raise InputError(f"{kind} {option}: give NAME=FILE.npy")
        arrays[name] = load_npy(kind, name, Path(path))
    return arrays
