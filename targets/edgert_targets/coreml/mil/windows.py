"""The window attributes that convolutions and pools share, in MIL's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers, required, shape_of


@dataclass(frozen=True)
class Window:
    """One number for each spatial dimension; `begin` and `end` are the pads before and after."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    begin: tuple[int, ...]
    end: tuple[int, ...]

    @classmethod
    def of(cls, node: ir.Node, kernel: Sequence[int]) -> Window:
        """Reads the attributes of a Conv, ConvTranspose or pool."""
        count = len(kernel)
        pads = integers(node, "pads", [0] * 2 * count)
        return cls(
            tuple(kernel),
            integers(node, "strides", [1] * count),
            integers(node, "dilations", [1] * count),
            pads[:count],
            pads[count:],
        )

    @property
    def pads(self) -> tuple[int, ...]:
        """Before and after for each dimension."""
        return tuple(pad for pair in zip(self.begin, self.end) for pad in pair)


def unsupported_rank(node: ir.Node) -> str | None:
    """Why MIL has no window of this rank, if it has none."""
    spatial = len(shape_of(required(node, 0))) - 2
    return None if 1 <= spatial <= 3 else f"has {spatial} spatial dimensions; MIL has 1 to 3"


def reaching_end(node: ir.Node, window: Window) -> tuple[int, ...]:
    """The pads after, at least what the output's shape needs: ceil_mode asks for more."""
    inputs, outputs = shape_of(required(node, 0))[2:], shape_of(node.outputs[0])[2:]
    needed = [
        (outputs[i] - 1) * window.strides[i] + window.kernel[i] - inputs[i] - window.begin[i]
        for i in range(len(inputs))
    ]
    return tuple(max(pad, need) for pad, need in zip(window.end, needed))
