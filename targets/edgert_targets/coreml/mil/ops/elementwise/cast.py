"""Cast."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY, Kind, kind_of


class Cast(MilOp):
    """Integers become int32, whatever their width; narrowing to less is refused."""

    op_type = "Cast"
    kinds = ANY

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        source, wanted = node.inputs[0], node.outputs[0].dtype
        assert source is not None
        assert wanted is not None
        if kind_of(wanted) is None:
            return f"casts to {wanted.name.lower()}, which Core ML does not have"
        narrow = wanted not in (ir.DataType.INT32, ir.DataType.INT64)
        if kind_of(wanted) is Kind.INT and narrow and source.dtype != ir.DataType.BOOL:
            return f"casts to {wanted.name.lower()}; Core ML computes integers in 32 bits"
        return None

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x, wanted = context.input(node, 0), kind_of(node.outputs[0].dtype)
        if wanted is Kind.FLOAT:
            dtype = context.float_name
        else:
            dtype = "int32" if wanted is Kind.INT else "bool"
        context.emit(node.outputs[0], "cast", x=x, dtype=dtype)
