"""An .npz file, or a folder of .npy or .npz files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import numpy as np

from edgert._text import reason
from edgert.errors import InputError
from edgert.preprocess import Preprocess
from edgert_compiler.quantization.readers.base import (
    Feed,
    InputSpec,
    PathReader,
    check_names,
    make_feed,
    make_feeds,
)


class Npz(PathReader):
    """Arrays named as the model's inputs; the first axis is the samples."""

    kind = "1 npz"

    def accepts(self, path: Path) -> bool:
        """Whether it is a file with the suffix .npz."""
        return path.is_file() and path.suffix == ".npz"

    def count(self, path: Path, inputs: tuple[InputSpec, ...]) -> int | None:
        """The items of the first input, by the header of its array."""
        try:
            with zipfile.ZipFile(path) as archive, archive.open(f"{inputs[0].name}.npy") as file:
                (samples, *item), _, _ = _header(file)
        except Exception:  # reading tells what is wrong
            return None
        batch = inputs[0].shape[:1] or (1,)
        return int(samples) if tuple(item) == inputs[0].shape else int(samples) // batch[0]

    def read(
        self, path: Path, inputs: tuple[InputSpec, ...], preprocess: Preprocess | None
    ) -> Iterator[Feed]:
        """Yields items of all inputs side by side."""
        where = f"calibration file '{path}'"
        try:
            with zipfile.ZipFile(path) as archive:
                names = [name.removesuffix(".npy") for name in archive.namelist()]
                yield from make_feeds({n: _items(archive, n) for n in names}, inputs, where)
        except InputError:
            raise
        except Exception as error:  # of any kind: headers are parsed, and may ask for any memory
            raise InputError(f"Cannot read the {where}: {reason(error)}.") from None


def _items(archive: zipfile.ZipFile, name: str) -> Iterator[np.ndarray]:
    """The items along the first axis of one array, read one after the other."""
    with archive.open(f"{name}.npy") as file:
        shape, fortran_order, dtype = _header(file)
        if fortran_order or dtype.hasobject or not shape:
            raise InputError(f"The array '{name}' must be row-major, numeric, with a sample axis.")
        count = int(np.prod(shape[1:], dtype=np.int64))
        for _ in range(shape[0]):
            data = file.read(count * dtype.itemsize)
            yield np.frombuffer(data, dtype).reshape(shape[1:])


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether it is column-major, and type of an .npy file."""
    version = np.lib.format.read_magic(file)
    header = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    found: tuple[tuple[int, ...], bool, np.dtype] = header(file)
    return found


class ArrayFolder(PathReader):
    """Files of one sample or of a stack of samples each; .npy for a model with one input."""

    kind = "3 folder of arrays"

    def accepts(self, path: Path) -> bool:
        """Whether it is a folder with such files."""
        return path.is_dir() and bool(_array_files(path))

    def read(
        self, path: Path, inputs: tuple[InputSpec, ...], preprocess: Preprocess | None
    ) -> Iterator[Feed]:
        """Yields samples in the order of file names."""
        for file in _array_files(path):
            arrays = _load(file, inputs)
            where = f"calibration file '{file}'"
            check_names(arrays, inputs, where)
            if _are_stacks(arrays, inputs):
                yield from make_feeds(arrays, inputs, where)
            else:
                yield make_feed(arrays, inputs, where)


def _are_stacks(arrays: Mapping[str, np.ndarray], inputs: tuple[InputSpec, ...]) -> bool:
    """Whether every array has an axis of samples before those of one sample without its batch."""
    if all(arrays[spec.name].shape == spec.shape for spec in inputs):
        return False
    return all(
        arrays[spec.name].ndim > len(spec.shape) - (spec.shape[:1] == (1,)) for spec in inputs
    )


def _array_files(folder: Path) -> list[Path]:
    return sorted(f for f in folder.iterdir() if f.suffix in (".npy", ".npz") and f.is_file())


def _load(file: Path, inputs: tuple[InputSpec, ...]) -> dict[str, np.ndarray]:
    try:
        if file.suffix == ".npz":
            with np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        if len(inputs) != 1:
            raise InputError(
                f"'{file}' holds one array, but the model has {len(inputs)} inputs; use .npz files "
                "with arrays named as the inputs."
            )
        return {inputs[0].name: np.load(file, mmap_mode="r", allow_pickle=False)}
    except InputError:
        raise
    except Exception as error:  # see Npz.read
        raise InputError(f"Cannot read the calibration file '{file}': {reason(error)}.") from None
