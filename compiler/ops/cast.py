"""Cast."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.attributes import required
from edgert.compiler.lowering.context import LoweringContext, native_dtype
from edgert.compiler.lowering.types import BOOL, BYTE, NUMERIC, unsupported_type
from edgert.compiler.ops.base import OpLowering
from edgert.compiler.program.ir import DType, Instruction

_TYPES = NUMERIC | BOOL | BYTE


class Cast(OpLowering):
    """A conversion; from float to integers toward zero, to truth values by comparison with 0."""

    op_type = "Cast"

    def unsupported(self, node: ir.Node) -> str | None:
        target = node.outputs[0].dtype
        if target not in _TYPES:
            return f"casts to {target.name.lower() if target else 'an unknown type'}"
        return unsupported_type(node, 0, _TYPES)

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        target = native_dtype(node.outputs[0])
        y = context.output(node.outputs[0], layout.order_of(x))
        if target == DType.BOOL:
            zero = Instruction("constant", 1, (), (0.0,))
            context.elementwise([x], y, (zero, Instruction("not_equal", 0, (0, 1))))
        elif x.dtype == DType.F32 and target != DType.F32:
            context.elementwise([x], y, (Instruction("trunc", 0, (0,)),))
        else:
            context.convert(x, y)
