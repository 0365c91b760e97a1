"""Base of the reductions: axes are a constant input, as passes/__init__.py describes."""

from __future__ import annotations

from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers_of, rank_of, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import NUMBER, Kind, kind_of


class Reduction(MilOp):
    """An operator that is one MIL reduction over several axes."""

    kinds = NUMBER
    operation: ClassVar[str]

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return None if integers_of(node, 1) is not None else "its axes are not constant"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        axes = integers_of(node, 1)
        assert axes is not None
        if not axes:
            axes = () if integer(node, "noop_with_empty_axes", 0) else _all_axes(node)
        x, output = context.input(node, 0), node.outputs[0]
        if not axes:
            context.bind(output, x)
            return
        keep = bool(integer(node, "keepdims", 1))
        context.emit(output, self.operation, x=x, axes=axes, keep_dims=keep)


class Sum(Reduction):
    """A reduction whose result grows with the number of elements, beyond what fp16 holds."""

    def wide(self, node: ir.Node, context: MilContext) -> bool:
        return kind_of(node.outputs[0].dtype) is Kind.FLOAT


class ArgReduction(MilOp):
    """An operator that is one MIL reduction over one axis, to the index of the first extreme."""

    kinds = NUMBER
    operation: ClassVar[str]

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return (
            "select_last_index has no counterpart"
            if integer(node, "select_last_index", 0)
            else None
        )

    def lower(self, node: ir.Node, context: MilContext) -> None:
        keep = bool(integer(node, "keepdims", 1))
        x, axis = context.input(node, 0), integer(node, "axis", 0)
        context.emit(node.outputs[0], self.operation, x=x, axis=axis, keep_dims=keep)


def _all_axes(node: ir.Node) -> tuple[int, ...]:
    return tuple(range(rank_of(required(node, 0))))
