"""Whether a value can be negative, from the operators that compute it."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.operators import registry


def is_nonnegative(value: ir.Value, depth: int = 8) -> bool:
    """True where the value is certainly never negative; looks through `depth` operators."""
    node = value.producer()
    operator = registry.find(node.op_type, node.domain) if node is not None else None
    if node is None or operator is None or depth == 0:
        return False
    sources = operator.nonnegative_if(node)
    return sources is not None and all(
        source is not None and is_nonnegative(source, depth - 1) for source in sources
    )
