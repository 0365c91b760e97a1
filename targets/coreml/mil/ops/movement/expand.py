"""Expand."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering.attributes import required, shape_of
from edgert.targets.coreml.mil.context import MilContext
from edgert.targets.coreml.mil.ops.base import MilOp
from edgert.targets.coreml.mil.types import ANY


class Expand(MilOp):
    op_type = "Expand"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x, output = context.input(node, 0), node.outputs[0]
        source, shape = shape_of(required(node, 0)), shape_of(output)
        missing = len(shape) - len(source)
        if missing:
            x = context.make("expand_dims", x=x, axes=tuple(range(missing)))
        padded = (1,) * missing + source
        repeats = tuple(wanted // given for wanted, given in zip(shape, padded))
        context.emit(output, "tile", x=x, reps=repeats)
