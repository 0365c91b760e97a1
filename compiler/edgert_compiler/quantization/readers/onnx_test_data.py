"""ONNX test_data_set_* folders: one sample each, input_0.pb, input_1.pb, … as TensorProto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx

from edgert._text import reason
from edgert.errors import InputError
from edgert.preprocess import Preprocess
from edgert_compiler.quantization.readers.base import Feed, InputSpec, PathReader, make_feed


class TestDataSets(PathReader):
    """A test_data_set_* folder, or a folder of them."""

    kind = "2 ONNX test data"

    def accepts(self, path: Path) -> bool:
        """Whether it is a folder with input_0.pb, or with folders that have one."""
        return path.is_dir() and bool(_data_sets(path))

    def count(self, path: Path, inputs: tuple[InputSpec, ...]) -> int | None:
        """The number of folders."""
        return len(_data_sets(path))

    def read(
        self, path: Path, inputs: tuple[InputSpec, ...], preprocess: Preprocess | None
    ) -> Iterator[Feed]:
        """Yields one feed per folder."""
        for folder in _data_sets(path):
            yield make_feed(_load(folder, inputs), inputs, f"calibration folder '{folder}'")


def _data_sets(path: Path) -> list[Path]:
    if (path / "input_0.pb").is_file():
        return [path]
    return sorted(f.parent for f in path.glob("test_data_set_*/input_0.pb"))


def _load(folder: Path, inputs: tuple[InputSpec, ...]) -> dict[str, np.ndarray]:
    """Arrays by input name: a tensor's own name where it is one, else the input of its number."""
    arrays = {}
    for number, spec in enumerate(inputs):
        file = folder / f"input_{number}.pb"
        if not file.is_file():
            continue
        try:
            tensor = onnx.TensorProto.FromString(file.read_bytes())
            array = onnx.numpy_helper.to_array(tensor)
        except Exception as error:  # protobuf's DecodeError differs between its implementations
            raise InputError(
                f"Cannot read the calibration file '{file}': {reason(error)}."
            ) from None
        named = tensor.name in {other.name for other in inputs}
        arrays[tensor.name if named else spec.name] = array
    return arrays
