"""Inputs that take images: Core ML hands over pixels, the program scales and shifts them.

edgert's preprocessing is (pixel * scale - mean) / std with a mean and a std per channel. Core ML's
image inputs know one scale for all channels, so both numbers are operations of the program:

    pixels [1, C, H, W] ─ mul(scale / std) ─ add(-mean / std) ─ (transpose to [1, H, W, C]) ─ x
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from edgert.errors import InputError
from edgert.preprocess import Preprocess
from edgert_compiler.graph.nodes import shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.types import converted

_LAYOUTS = {"rgb": "RGB", "bgr": "BGR", "gray": "GRAYSCALE"}


@dataclass(frozen=True)
class ImageInput:
    """How pixels become one input; `preprocess` has the size and layout of that input."""

    preprocess: Preprocess

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of the pixels, [1, C, H, W]."""
        assert self.preprocess.size is not None
        return (1, 1 if self.preprocess.channels == "gray" else 3, *self.preprocess.size)

    @property
    def color_layout(self) -> str:
        """coremltools' name of the colour order."""
        return _LAYOUTS[self.preprocess.channels]

    @property
    def factors(self) -> np.ndarray:
        """float32 [1, C or 1, 1, 1]: what pixels are multiplied with."""
        return _per_channel(self.preprocess.scale / np.asarray(self.preprocess.std))

    @property
    def offsets(self) -> np.ndarray:
        """float32 [1, C or 1, 1, 1]: what is added after that."""
        return _per_channel(-np.asarray(self.preprocess.mean) / np.asarray(self.preprocess.std))


def image_inputs(graph: ir.Graph, preprocess: Preprocess | None) -> Mapping[str, ImageInput]:
    """By name, the input that takes images: the first that the preprocessing fits."""
    failure: InputError | None = None
    for value in graph.inputs if preprocess is not None else ():
        assert preprocess is not None
        try:
            fitted = preprocess.for_shape(shape_of(value))
        except InputError as error:
            failure = failure or error
            continue
        if value.dtype == ir.DataType.FLOAT and shape_of(value)[0] == 1:
            return {value.name or "": ImageInput(fitted)}
        failure = failure or InputError(
            f"input '{value.name}' takes no images: Core ML makes one float32 image at a time"
        )
    if failure is not None:
        raise failure
    return {}


def from_pixels(context: MilContext, pixels: Any, image: ImageInput) -> Any:
    """The variable of an input that takes images."""
    x = context.cast(pixels)
    if np.any(image.factors != 1):
        x = context.make("mul", x=x, y=converted(image.factors, context.float_type))
    if np.any(image.offsets != 0):
        x = context.make("add", x=x, y=converted(image.offsets, context.float_type))
    if image.preprocess.layout != "nhwc":
        return x
    return context.make("transpose", x=x, perm=(0, 2, 3, 1))


def _per_channel(numbers: np.ndarray) -> np.ndarray:
    return np.atleast_1d(numbers).astype(np.float32).reshape(1, -1, 1, 1)
