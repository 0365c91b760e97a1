"""The window attributes that convolutions and pools share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers, rank_of, required

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """Height and width of each; one-dimensional operators have height 1.

    `begin` and `end` are the explicit pads before and after. Of three dimensions, the last two are
    here and the first in `Depth`.
    """

    kernel: Pair
    stride: Pair
    dilation: Pair
    begin: Pair
    end: Pair = (0, 0)

    @classmethod
    def of(cls, node: ir.Node, kernel_shape: Sequence[int]) -> Window:
        """Reads the attributes of a Conv, ConvTranspose or pool."""
        spatial = len(kernel_shape)
        pads = integers(node, "pads", [0] * 2 * spatial)
        return cls(
            _pair(kernel_shape, 1),
            _pair(integers(node, "strides", [1] * spatial), 1),
            _pair(integers(node, "dilations", [1] * spatial), 1),
            _pair(pads[:spatial], 0),
            _pair(pads[spatial:], 0),
        )

    @property
    def params(self) -> dict[str, int | float]:
        """The parameters of the kernels that say where the windows are."""
        return {
            "kernel_h": self.kernel[0],
            "kernel_w": self.kernel[1],
            "stride_h": self.stride[0],
            "stride_w": self.stride[1],
            "dilation_h": self.dilation[0],
            "dilation_w": self.dilation[1],
            "pad_top": self.begin[0],
            "pad_left": self.begin[1],
        }


@dataclass(frozen=True)
class Depth:
    """The first of three spatial dimensions."""

    kernel: int
    stride: int
    dilation: int
    begin: int

    @classmethod
    def of(cls, node: ir.Node, kernel_shape: Sequence[int]) -> Depth:
        """Reads the attributes of a Conv or ConvTranspose."""
        return cls(
            kernel_shape[0],
            integers(node, "strides", [1] * 3)[0],
            integers(node, "dilations", [1] * 3)[0],
            integers(node, "pads", [0] * 6)[0],
        )


def unsupported_window(node: ir.Node, most: int = 2) -> str | None:
    """Why the kernels cannot take this rank or padding, if they cannot."""
    rank = rank_of(required(node, 0))
    if not 3 <= rank <= 2 + most:
        return f"has {rank - 2} spatial dimensions; edgert computes up to {most}"
    auto_pad = node.attributes.get("auto_pad")
    if auto_pad is not None and auto_pad.as_string() not in ("NOTSET", "VALID"):
        return f"auto_pad {auto_pad.as_string()} has not been resolved to explicit pads"
    return None


def _pair(values: Sequence[int], missing: int) -> Pair:
    return (missing, values[0]) if len(values) == 1 else (values[-2], values[-1])
