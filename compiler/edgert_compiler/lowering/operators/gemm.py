"""Gemm of domain edgert: product with a constant matrix, a 1x1 convolution over [1, 1, M, K]."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import array_of, rank_of, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.convolution import lower_layer
from edgert_compiler.lowering.layer import Layer, Part
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Gemm(Lowering):
    op_type = "Gemm"
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        weights = array_of(required(node, 1))
        assert weights is not None
        order = layout.row_major(rank_of(required(node, 0)))
        lower_layer(
            Layer(
                node,
                (Part(weights.T[:, :, None, None]),),
                1,
                order,
                layout.row_major(rank_of(node.outputs[0])),
                lambda tensor: _rows(tensor, context),
            ),
            context,
        )


def _rows(tensor: Tensor, context: LoweringContext) -> Tensor:
    """[..., K] as the image [1, 1, M, K]."""
    rows = math.prod(tensor.shape[:-1])
    return layout.canonical(context.reshape(tensor, (1, 1, rows, tensor.shape[-1])))
