"""Split."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Split(MilOp):
    op_type = "Split"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        axis, x = integer(node, "axis", 0), context.input(node, 0)
        sizes = tuple(shape_of(output)[axis] for output in node.outputs)
        if len(sizes) == 1:
            context.bind(node.outputs[0], x)
            return
        parts = context.make("split", x=x, split_sizes=sizes, axis=axis)
        for output, part in zip(node.outputs, parts):
            context.bind(output, part)
