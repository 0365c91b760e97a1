"""A layer of the convolution family: one or more convolutions that share all but their weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional, required
from edgert_compiler.graph.spatial import Window
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor

View = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Part:
    """One convolution of a layer.

    `weights` is f32 [O, I/groups, KH, KW]. `window` takes the part's own rows and columns out of x,
    `place` those out of y and the residual (physical [N, H, W, C]).
    """

    weights: np.ndarray
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)
    window: View = lambda x: x
    place: View = lambda y: y

    @property
    def geometry(self) -> Window:
        """Where its windows are."""
        height, width = self.weights.shape[2:]
        return Window((height, width), self.stride, self.dilation, self.pad)


@dataclass(frozen=True, eq=False)
class Layer:
    """What the parts share.

    `images` views an ONNX tensor as [N, H, W, C], or as what the parts take images out of; x must
    lie in `order_in`, y will in `order_out` (the last axis adjacent in memory). `dense`: the other
    axes of x may have no gaps either.
    """

    node: ir.Node
    parts: Sequence[Part]
    groups: int
    order_in: layout.Order
    order_out: layout.Order
    images: View
    dense: bool = False

    @property
    def x(self) -> ir.Value:
        return required(self.node, 0)

    @property
    def y(self) -> ir.Value:
        return self.node.outputs[0]

    @property
    def residual(self) -> ir.Value | None:
        return optional(self.node, 3)

    @property
    def channels(self) -> int:
        return int(self.parts[0].weights.shape[0])

    @property
    def depthwise(self) -> bool:
        """Whether every channel is a group of its own."""
        return (
            self.groups > 1
            and self.groups == self.channels
            and all(part.weights.shape[1] == 1 for part in self.parts)
        )

    @property
    def bias(self) -> np.ndarray:
        """f32 [O]"""
        array = array_of(optional(self.node, 2))
        return np.zeros(self.channels, np.float32) if array is None else array.reshape(-1)
