"""DFT."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integer, optional, required, shape_of
from edgert_compiler.graph.types import FLOAT, unsupported_dynamic
from edgert_compiler.operators.base import Operator
from edgert_compiler.operators.fourier import unsupported_length


class DFT(Operator):
    """In the form of opset 20 (rule dft_axis). In float: spectra need more than eight bits."""

    op_type = "DFT"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            super().unsupported(node)
            or unsupported_dynamic(node, 1, "the length")
            or unsupported_dynamic(node, 2, "the axis")
            or unsupported_length(transformed_length(node), 2)
        )


def transformed_axis(node: ir.Node) -> int:
    """The axis of the samples."""
    axis = array_of(optional(node, 2))
    rank = len(shape_of(required(node, 0)))
    return (-2 if axis is None else int(axis.reshape(-1)[0])) % rank


def transformed_length(node: ir.Node) -> int:
    """Of the signal; that of a one-sided spectrum is an even one, unless it is said."""
    length = array_of(optional(node, 1))
    if length is not None:
        return int(length.reshape(-1)[0])
    size = shape_of(required(node, 0))[transformed_axis(node)]
    return 2 * (size - 1) if integer(node, "inverse", 0) and integer(node, "onesided", 0) else size
