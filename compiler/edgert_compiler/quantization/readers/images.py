"""A folder of images, through the declared preprocessing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edgert._arrays import stored
from edgert.errors import InputError
from edgert.preprocess import Preprocess
from edgert_compiler.quantization.readers.base import Feed, InputSpec, PathReader, as_feed

SUFFIXES = {
    *(".avif", ".bmp", ".gif", ".jfif", ".jp2", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm"),
    *(".ppm", ".tga", ".tif", ".tiff", ".webp"),
}


class ImageFolder(PathReader):
    """Images in a folder and its subfolders, in the order of their names."""

    kind = "4 folder of images"

    def accepts(self, path: Path) -> bool:
        """Whether it is a folder with an image somewhere inside."""
        return path.is_dir() and next(_image_files(path), None) is not None

    def count(self, path: Path, inputs: tuple[InputSpec, ...]) -> int | None:
        """The number of images."""
        return sum(1 for _ in _image_files(path))

    def read(
        self, path: Path, inputs: tuple[InputSpec, ...], preprocess: Preprocess | None
    ) -> Iterator[Feed]:
        """Yields preprocessed images."""
        if preprocess is None:
            raise InputError(
                f"Calibrating with the images in '{path}' needs preprocessing (--preprocess), for "
                "example 'imagenet' or 'resize=exact scale=1'."
            )
        if len(inputs) != 1:
            raise InputError(
                f"Images can calibrate a model with one input; this one has {len(inputs)}."
            )
        bound = fitted(preprocess, inputs[0])
        for file in sorted(_image_files(path)):
            array = image_feed(bound, file, inputs[0])
            yield {inputs[0].name: as_feed(array, inputs[0], f"image '{file}'")}


def fitted(preprocess: Preprocess, spec: InputSpec) -> Preprocess:
    """The declaration as this input wants it. Raises InputError where it does not fit."""
    return preprocess.for_shape(spec.shape, spec.dtype.name, spec.quantization)


def image_feed(bound: Preprocess, file: Path, spec: InputSpec) -> np.ndarray:
    """What the input gets for an image. Raises InputError."""
    array = bound.apply(file)
    return array if bound.dtype else stored(array, spec.dtype.name, spec.quantization)


def _image_files(folder: Path) -> Iterator[Path]:
    return (f for f in folder.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
