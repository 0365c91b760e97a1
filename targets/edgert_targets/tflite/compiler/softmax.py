"""Normalization along one axis, which must be the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, rank_of, required
from edgert_compiler.graph.types import unsupported_type
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class LastAxis(Lowering):
    """The value is transposed where the axis is not the last in the order that it comes in."""

    code: ClassVar[str]
    options: ClassVar[tuple[str, Mapping[str, object]] | None] = None

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0)

    def lower(self, node: ir.Node, context: Context) -> None:
        value = required(node, 0)
        axis = axis_of(node, rank_of(value), -1)
        x = context.native(value)
        if x.order[-1] != axis:
            x = context.native(value, (*(a for a in range(len(x.order)) if a != axis), axis))
        target = context.result(node.outputs[0], x.order)
        context.emit(self.code, [x.tensor], target, self.options)
