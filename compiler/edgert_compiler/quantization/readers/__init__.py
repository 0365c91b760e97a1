"""Calibration data from wherever it is, one sample at a time.

`open_calibration` takes an iterable of ``{name: array}``, an onnxruntime CalibrationDataReader, or
a path. Each kind of path is one file in this folder, found by itself.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Mapping, Sized
from pathlib import Path

from edgert.errors import InputError
from edgert.preprocess import Preprocess
from edgert_compiler.discovery import instances
from edgert_compiler.quantization.readers.base import Feed, InputSpec, PathReader, make_feed

__all__ = ["Feed", "InputSpec", "open_calibration", "sample_count"]


@functools.cache
def path_readers() -> tuple[PathReader, ...]:
    """Every reader of this folder, the most specific first."""
    return tuple(sorted(instances(__name__, PathReader), key=lambda reader: reader.kind))


def open_calibration(
    source: object, inputs: tuple[InputSpec, ...], preprocess: Preprocess | None = None
) -> Iterator[Feed]:
    """Yields feeds, checked against the model's inputs: every array has its input's shape and type.

    Samples without the batch dimension get it where the batch is 1. Nothing is kept in memory.
    Raises InputError, naming the sample and the input, where data does not fit or there is none.
    """
    empty = True
    for feed in _feeds(source, inputs, preprocess):
        empty = False
        yield feed
    if empty:
        raise InputError(f"The calibration data ({_describe(source)}) contains no sample.")


def sample_count(source: object, inputs: tuple[InputSpec, ...]) -> int | None:
    """How many feeds `open_calibration` will yield, where that is known before: for progress."""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        found = next((reader for reader in path_readers() if reader.accepts(path)), None)
        return None if found is None else found.count(path, inputs)
    return len(source) if isinstance(source, Sized) else None


def _feeds(
    source: object, inputs: tuple[InputSpec, ...], preprocess: Preprocess | None
) -> Iterator[Feed]:
    if isinstance(source, (str, os.PathLike)):
        yield from _read_path(Path(source), inputs, preprocess)
        return
    for index, sample in enumerate(_samples(source)):
        where = f"calibration sample {index}"
        if not isinstance(sample, Mapping):
            raise InputError(f"The {where} is a {type(sample).__name__}, not a mapping of arrays.")
        yield make_feed(sample, inputs, where)


def _samples(source: object) -> Iterable[object]:
    get_next = getattr(source, "get_next", None)
    if callable(get_next):
        return iter(get_next, None)
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise InputError(
            f"Calibration data must be a path or an iterable of {{name: array}}, not a "
            f"{type(source).__name__}."
        )
    return source


def _read_path(
    path: Path, inputs: tuple[InputSpec, ...], preprocess: Preprocess | None
) -> Iterator[Feed]:
    if not path.exists():
        raise InputError(f"The calibration data '{path}' does not exist.")
    for reader in path_readers():
        if reader.accepts(path):
            return reader.read(path, inputs, preprocess)
    raise InputError(
        f"'{path}' is no calibration data: it must be an .npz file, or a folder of .npy or .npz "
        "files, of images, or of test_data_set_* folders."
    )


def _describe(source: object) -> str:
    return f"'{source}'" if isinstance(source, (str, os.PathLike)) else type(source).__name__
