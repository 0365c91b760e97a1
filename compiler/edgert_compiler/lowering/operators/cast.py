"""Cast."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import required
from edgert_compiler.graph.types import BOOL, BYTE, NUMERIC
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext, native_dtype
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType

_VECTORIZED = NUMERIC | BOOL | BYTE


_HALVES = {ir.DataType.FLOAT16, ir.DataType.BFLOAT16}


_ROUNDINGS = {"nearest": 0, "up": 1, "down": 2}


class Cast(Lowering):
    """Elementwise where that converts as ONNX does, else the kernel `cast`."""

    op_type = "Cast"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        target = native_dtype(node.outputs[0])
        y = context.output(node.outputs[0], layout.order_of(x))
        if not _is_vectorized(node):
            order = layout.order_of(y)
            operands = [layout.canonical(layout.transpose(t, order)) for t in (x, y)]
            context.emit("cast", operands[:1], operands[1:], _params(node))
        elif target == DType.BOOL:
            zero = Instruction("constant", 1, (), (0.0,))
            context.elementwise([x], y, (zero, Instruction("not_equal", 0, (0, 1))))
        elif x.dtype == DType.F32 and target not in (DType.F32, DType.F16, DType.BF16):
            context.elementwise([x], y, (Instruction("trunc", 0, (0,)),))
        else:
            context.convert(x, y)


def _is_vectorized(node: ir.Node) -> bool:
    """Whether the elementwise kernel converts as ONNX does: integers do not saturate there."""
    types = {required(node, 0).dtype, node.outputs[0].dtype}
    if ir.DataType.FLOAT in types and types & _HALVES:
        return True
    return types <= _VECTORIZED and (not types & BYTE or ir.DataType.FLOAT in types)


def _params(node: ir.Node) -> dict[str, int]:
    """What becomes of numbers that floats of 8 and 4 bits do not hold."""
    power_of_two = node.outputs[0].dtype == ir.DataType.FLOAT8E8M0
    rounding = node.attributes.get_string("round_mode", "up") if power_of_two else "nearest"
    return {
        "overflow": 1 - (node.attributes.get_int("saturate", 1) or 0),
        "rounding": _ROUNDINGS[rounding or "up"],
    }
