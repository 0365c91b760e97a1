"""Base of the reductions."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers_of, required, shape_of
from edgert_compiler.graph.types import NUMERIC, unsupported_dynamic
from edgert_compiler.operators.base import Operator


class Reduction(Operator):
    """Over the axes that input 1 names."""

    types = NUMERIC

    def unsupported(self, node: ir.Node) -> str | None:
        if 0 in shape_of(required(node, 0)):
            return "its input is empty"
        return super().unsupported(node) or unsupported_dynamic(node, 1, "the axes")


def reduced_axes(node: ir.Node, rank: int) -> tuple[int, ...]:
    """The axes input; absent or empty means all axes, or none where the node says so."""
    axes = integers_of(node, 1)
    if not axes and not integer(node, "noop_with_empty_axes", 0):
        return tuple(range(rank))
    return tuple(axis % rank for axis in axes or ())
