"""Reshape."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Reshape(MilOp):
    """To and from a scalar by adding and removing axes."""

    op_type = "Reshape"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x, output = context.input(node, 0), node.outputs[0]
        source, shape = shape_of(required(node, 0)), shape_of(output)
        if source == shape:
            context.bind(output, x)
        elif not shape:
            context.emit(output, "squeeze", x=x, axes=tuple(range(len(source))))
        elif not source:
            context.emit(output, "expand_dims", x=x, axes=tuple(range(len(shape))))
        else:
            context.emit(output, "reshape", x=x, shape=shape)
