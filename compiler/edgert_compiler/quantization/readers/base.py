"""What a calibration reader is, and how an array becomes a feed."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from edgert.errors import InputError
from edgert.preprocess import Preprocess

Feed = dict[str, np.ndarray]


@dataclass(frozen=True)
class InputSpec:
    """A model input: ONNX name, element type, static shape.

    quantization: scale and zero point of 8-bit integers that stand for real numbers.
    """

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    quantization: tuple[float, int] | None = None


class PathReader(abc.ABC):
    """Reads one kind of file or folder. `kind` orders the readers: the first that accepts reads."""

    kind: ClassVar[str]

    @abc.abstractmethod
    def accepts(self, path: Path) -> bool:
        """Whether this existing path is of this kind."""

    @abc.abstractmethod
    def read(
        self, path: Path, inputs: tuple[InputSpec, ...], preprocess: Preprocess | None
    ) -> Iterator[Feed]:
        """Yields feeds. Raises InputError that names the file and the input at fault."""

    def count(self, path: Path, inputs: tuple[InputSpec, ...]) -> int | None:
        """How many feeds there will be, where that is quickly told: for progress alone."""
        return None


def check_names(given: Iterable[str], inputs: tuple[InputSpec, ...], where: str) -> None:
    """Raises InputError unless every input of the model is given."""
    given = list(given)
    missing = [spec.name for spec in inputs if spec.name not in given]
    if missing:
        raise InputError(
            f"The {where} lacks the model's input {_quoted(missing)}; it has {_quoted(given)}."
        )


def as_feed(array: np.ndarray, spec: InputSpec, where: str) -> np.ndarray:
    """The array in the input's shape and type, contiguous.

    Adds a batch dimension of 1 where it is missing. Floating-point numbers are converted to the
    input's floating-point type, integers to its integer type where they fit. Raises InputError for
    what does not fit, and for NaN.
    """
    array = _converted(array, spec, where)
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise InputError(f"The {where} contains NaN in the input '{spec.name}'.")
    return array


def _converted(array: np.ndarray, spec: InputSpec, where: str) -> np.ndarray:
    if array.shape == spec.shape[1:] and spec.shape[:1] == (1,):
        array = array[None]
    if array.shape != spec.shape:
        raise InputError(
            f"The {where} has shape {list(array.shape)} for the input '{spec.name}', which needs "
            f"{list(spec.shape)}."
        )
    if array.dtype == spec.dtype:
        return np.asarray(array, order="C")
    if array.dtype.kind == spec.dtype.kind == "f" or (
        {array.dtype.kind, spec.dtype.kind} <= set("iu")
        and array.size
        and np.array_equal(array.astype(spec.dtype), array)
    ):
        return np.asarray(array, spec.dtype, order="C")
    raise InputError(
        f"The {where} has type {array.dtype} for the input '{spec.name}', which needs {spec.dtype}."
    )


def make_feed(arrays: Mapping[str, np.ndarray], inputs: tuple[InputSpec, ...], where: str) -> Feed:
    """One sample from an array for each input. Raises InputError."""
    check_names(arrays, inputs, where)
    return {spec.name: as_feed(np.asarray(arrays[spec.name]), spec, where) for spec in inputs}


def make_feeds(
    stacks: Mapping[str, Iterable[np.ndarray]], inputs: tuple[InputSpec, ...], where: str
) -> Iterator[Feed]:
    """Samples from a stack for each input, side by side. Raises InputError."""
    check_names(stacks, inputs, where)
    streams = [stack_feeds(iter(stacks[spec.name]), spec, where) for spec in inputs]
    for arrays in zip(*streams):
        yield {spec.name: array for spec, array in zip(inputs, arrays)}


def stack_feeds(samples: Iterator[np.ndarray], spec: InputSpec, where: str) -> Iterator[np.ndarray]:
    """Feeds from items along the first axis of a stack.

    Items of the input's full shape, or without the batch dimension where the batch is 1, are
    feeds; for larger batches consecutive items make one, and an incomplete last batch is left out.
    """
    batch: list[np.ndarray] = []
    for item in samples:
        if item.shape == spec.shape or spec.shape[:1] in ((1,), ()):
            yield as_feed(item, spec, where)
            continue
        batch.append(item)
        if len(batch) == spec.shape[0]:
            yield as_feed(np.stack(batch), spec, where)
            batch = []


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "nothing"
