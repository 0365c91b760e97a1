"""Identity."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Identity(MilOp):
    op_type = "Identity"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        context.bind(node.outputs[0], context.input(node, 0))
