"""MatMul of two computed operands: BATCH_MATMUL."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor


class MatMul(Lowering):
    """Row-major; vectors become matrices and back. A transposed right factor is read as it lies."""

    op_type = "MatMul"

    def unsupported(self, node: ir.Node) -> str | None:
        if rank_of(node.outputs[0]) > 5:
            return "multiplies batches of more than 3 axes; TFLite takes up to 3"
        return unsupported_type(node, 0) or unsupported_type(node, 1)

    def lower(self, node: ir.Node, context: Context) -> None:
        a = self._matrix(node, 0, context)
        b, adjoint = self._right(node, context)
        target = context.result(node.outputs[0])
        rows = [] if rank_of(required(node, 0)) == 1 else [a.shape[-2]]
        columns = [] if rank_of(required(node, 1)) == 1 else [b.shape[-2 if adjoint else -1]]
        batch = target.shape[: len(target.shape) - len(rows) - len(columns)]
        whole = (*batch, a.shape[-2], b.shape[-2 if adjoint else -1])
        product = target if target.shape == whole else context.like(target, whole)
        context.emit(
            "BATCH_MATMUL",
            [a, b],
            product,
            ("BatchMatMulOptions", {"adj_x": False, "adj_y": adjoint}),
        )
        if product is not target:
            context.store(product, target)

    def _matrix(self, node: ir.Node, index: int, context: Context) -> Tensor:
        value = required(node, index)
        rank = rank_of(value)
        tensor = context.native(value, layout.row_major(rank)).tensor
        if rank > 1:
            return tensor
        return context.reshaped(
            tensor, (1, tensor.shape[0]) if index == 0 else (tensor.shape[0], 1)
        )

    def _right(self, node: ir.Node, context: Context) -> tuple[Tensor, bool]:
        value = required(node, 1)
        rank = rank_of(value)
        found = context.native(value)
        swapped = (*range(rank - 2), rank - 1, rank - 2) if rank > 1 else ()
        if rank > 1 and found.order == swapped:
            return found.tensor, True
        return self._matrix(node, 1, context), False
