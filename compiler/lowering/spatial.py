"""The window attributes that convolutions and pools share, for one and two spatial dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from edgert.compiler.lowering.attributes import integers, rank_of, required

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """Height and width of each; one-dimensional operators have height 1.

    `begin` and `end` are the explicit pads before and after.
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


def unsupported_window(node: ir.Node) -> str | None:
    """Why the kernels cannot take this rank or padding, if they cannot."""
    rank = rank_of(required(node, 0))
    if rank not in (3, 4):
        return f"has {rank - 2} spatial dimensions; edgert has kernels for 1 and 2"
    auto_pad = node.attributes.get("auto_pad")
    if auto_pad is not None and auto_pad.as_string() not in ("NOTSET", "VALID"):
        return f"auto_pad {auto_pad.as_string()} has not been resolved to explicit pads"
    return None


def _pair(values: Sequence[int], missing: int) -> Pair:
    return (missing, values[0]) if len(values) == 1 else (values[0], values[1])
