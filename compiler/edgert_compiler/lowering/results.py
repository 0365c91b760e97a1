"""Outputs of kernels that have several."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import is_read
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType, Tensor


def result(
    node: ir.Node,
    index: int,
    dtype: DType,
    shape: Sequence[int],
    order: layout.Order,
    context: LoweringContext,
) -> Tensor:
    """A new tensor for a node's output; one that nobody reads may be left out of the node."""
    value = node.outputs[index] if index < len(node.outputs) else None
    read = value is not None and is_read(value)
    name = value.name if value is not None and read else ""
    tensor = layout.allocate(dtype, shape, order, name or "")
    if value is not None and read:
        context.bind(value, tensor)
    return tensor
