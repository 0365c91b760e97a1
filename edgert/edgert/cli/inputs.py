"""Inputs of a session from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgert._text import did_you_mean, quoted
from edgert.cli.options import load_npy
from edgert.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from edgert.session import InferenceSession


_IMAGE_AXES = 2  # an image has more


def load_inputs(session: InferenceSession, options: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Arrays for `NAME=FILE` options; NAME may be left out where the model has one input.

    Raises InputError for a malformed option, an unreadable file, or an image without declared
    preprocessing.
    """
    names = [port.name for port in session.get_inputs()]
    feed: dict[str, np.ndarray] = {}
    for option in options:
        name, path = _parse(option, names)
        if name in feed:
            raise InputError(f"--input {option}: the input '{name}' was given before")
        feed[name] = _load(session, name, Path(path))
    return feed


def _parse(option: str, names: list[str]) -> tuple[str, str]:
    """Input name and path; a name may itself contain "="."""
    for name in names:
        if option.startswith(f"{name}="):
            return name, option[len(name) + 1 :]
    if len(names) == 1 and "=" not in option:
        return names[0], option
    given, equals, _ = option.partition("=")
    guess = did_you_mean(given, names) if equals else ""
    known = ", ".join(names)
    raise InputError(f"--input {option}: give NAME=FILE, with NAME one of: {known}{guess}")


def missing_inputs(session: InferenceSession, command: str, bundle: Path) -> click.UsageError:
    """What a command says that needs inputs and was given none: which, and an example."""
    declared = bool(session.metadata("preprocessing"))
    rows, example = [], []
    for port in session.get_inputs():
        image = declared and len(port.shape) > _IMAGE_AXES
        kind = ", an image or a .npy" if image else ""
        rows.append(f"  {port.name}: {port.dtype} {port.shape}{kind}")
        file = "photo.jpg" if image else f"{safe_name(port.name)}.npy"
        example.append(f"--input {quoted(f'{port.name}={file}')}")
    return click.UsageError(
        "give the model's inputs, each by --input NAME=FILE:\n"
        + "\n".join(rows)
        + f"\nfor example: edgert {command} {quoted(str(bundle))} {' '.join(example)}"
    )


def safe_name(name: str) -> str:
    """The name with characters replaced that do not belong into file names."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in name)


def _load(session: InferenceSession, name: str, path: Path) -> np.ndarray:
    if path.suffix != ".npy":
        return session.preprocess(path, name)
    return load_npy("--input", name, path)


def random_inputs(
    session: InferenceSession, shapes: Mapping[str, tuple[int, ...]], seed: int = 0
) -> dict[str, np.ndarray]:
    """Standard normal floats, small non-negative integers, for every input, of planned shapes."""
    import numpy as np

    from edgert._arrays import numpy_dtype

    random = np.random.default_rng(seed)
    return {
        port.name: (
            random.standard_normal(shapes[port.name])
            if "float" in port.dtype
            else random.integers(0, 2, shapes[port.name])
        ).astype(numpy_dtype(port.dtype))
        for port in session.get_inputs()
    }


def planned_shapes(
    session: InferenceSession, sets: Sequence[Mapping[str, tuple[int, ...]]]
) -> dict[str, tuple[int, ...]]:
    """The set of shapes of the bundle that has those given as options; the first where none are.

    Raises InputError where no set has them, or several sets are asked for.
    """
    if len(sets) > 1:
        raise InputError("--input-shape: give each input once; one set of shapes is run at a time")
    for planned in session.planned_shapes:
        if sets[0].items() <= planned.items():
            return planned
    known = " or ".join(
        ", ".join(f"{name}:{','.join(map(str, shape))}" for name, shape in planned.items())
        for planned in session.planned_shapes
    )
    raise InputError(f"--input-shape: the bundle was not compiled for these; it has {known}")
