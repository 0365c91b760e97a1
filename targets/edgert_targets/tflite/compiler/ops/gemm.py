"""Gemm of domain edgert: FULLY_CONNECTED over the last axis."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, rank_of, required
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler import product
from edgert_targets.tflite.compiler.context import Array, Context


class Gemm(product.Product):
    """Weights [K, N] become [N, K], permuted where x is."""

    op_type = "Gemm"

    def lower(self, node: ir.Node, context: Context) -> None:
        weights = array_of(required(node, 1))
        assert weights is not None
        how = product.numbers(node, context)
        rank = rank_of(required(node, 0))
        permuted = context.permuted(required(node, 0))
        if permuted is not None:
            weights = weights[permuted.positions]
            x = Array(context.requantized(permuted.tensor, how.source), layout.row_major(rank))
        else:
            x = product.data(node, how, None, context)
            if x.order[-1] != rank - 1:
                x = product.data(node, how, layout.row_major(rank), context)
        target = context.result(node.outputs[0], x.order, product.output_params(node, how, context))
        linear = product.product_output(node, how, target, context)
        operands = product.constants(node, weights.T, 0, weights.shape[1], how, context)
        options = {
            "fused_activation_function": product.fused_code(node),
            "keep_num_dims": rank != 2,
        }
        context.emit(
            "FULLY_CONNECTED", [x.tensor, *operands], linear, ("FullyConnectedOptions", options)
        )
        product.finish(node, linear, target, context)
