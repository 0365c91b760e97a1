"""InstanceNormalization."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, number, rank_of, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import converted


class InstanceNormalization(MilOp):
    op_type = "InstanceNormalization"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        if any(array_of(required(node, index)) is None for index in (1, 2)):
            return "its scale or its bias are not constant"
        rank = rank_of(required(node, 0))
        return None if rank in (3, 4) else f"its input has {rank} axes; Core ML takes 3 or 4"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        scale, bias = (array_of(required(node, index)) for index in (1, 2))
        assert scale is not None
        assert bias is not None
        context.emit(
            node.outputs[0],
            "instance_norm",
            x=context.input(node, 0),
            gamma=converted(scale, context.float_type),
            beta=converted(bias, context.float_type),
            epsilon=context.number(number(node, "epsilon", 1e-5)),
        )
