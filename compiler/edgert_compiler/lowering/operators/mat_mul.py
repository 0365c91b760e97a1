"""MatMul of two computed operands."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.elementwise_call import quantum_limits
from edgert_compiler.program.ir import Tensor


class MatMul(Lowering):
    """numpy.matmul; the batch axes become one, with stride 0 where an operand is repeated."""

    op_type = "MatMul"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        a, b = (context.operand(node, index) for index in (0, 1))
        value = node.outputs[0]
        shape = shape_of(value)
        int8 = a.quantization is not None and b.quantization is not None
        target = context.params(value) if int8 else None
        # Vectors are matrices with one row or column, which the output leaves out.
        rows = a if len(a.shape) > 1 else layout.prepend_axes(a, 2)
        columns = b if len(b.shape) > 1 else b.view((*b.shape, 1), (*b.strides, 0))
        batch = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
        full = (*batch, rows.shape[-2], columns.shape[-1])
        y = layout.allocate(
            a.dtype if int8 else context.native(required(node, 0)).dtype,
            full,
            layout.row_major(len(full)),
            value.name or "",
            target,
        )
        operands = [_batched(t, batch, context) for t in (rows, columns)]
        result = layout.reshape(y, (math.prod(batch), *full[-2:]))
        assert result is not None
        if int8:
            context.emit("matmul_s8", operands, [result], _requantization(a, b, y))
        else:
            context.emit("matmul_f32", operands, [result], {"alpha": 1.0})
        context.bind(value, context.reshape(y, shape))


def _batched(tensor: Tensor, batch: Sequence[int], context: LoweringContext) -> Tensor:
    """[..., M, N] as [B, M, N]; a copy where no single stride leads from matrix to matrix."""
    matrix = tensor.shape[-2:]
    repeated = layout.broadcast(tensor, (*batch, *matrix))
    return layout.canonical(context.reshape(repeated, (math.prod(batch), *matrix)))


def _requantization(a: Tensor, b: Tensor, y: Tensor) -> dict[str, float | int]:
    assert a.quantization is not None
    assert b.quantization is not None
    assert y.quantization is not None
    return {
        "a_zero_point": a.quantization.zero_point,
        "b_zero_point": b.quantization.zero_point,
        "y_zero_point": y.quantization.zero_point,
        "scale": a.quantization.scale * b.quantization.scale / y.quantization.scale,
        **quantum_limits(y.dtype, y.quantization.zero_point),
    }
