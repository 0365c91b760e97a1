"""ReduceMean."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.operators.reduce.base import Reduction, reduced_axes


class ReduceMean(Reduction):
    """Over the whole of an image it is the global average pool, which has an int8 kernel."""

    op_type = "ReduceMean"

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.COMPUTE if over_image(node) else QuantizationRole.FLOAT


def over_image(node: ir.Node) -> bool:
    """Whether it reduces height and width of float images, and nothing else."""
    value = required(node, 0)
    rank = rank_of(value)
    spatial = tuple(range(2, rank))
    is_image = rank == 4 and value.dtype == ir.DataType.FLOAT
    return is_image and tuple(sorted(reduced_axes(node, rank))) == spatial
