"""Dead code and common subexpressions."""

from __future__ import annotations

import onnx_ir as ir
from onnx_ir.passes.common import (
    CommonSubexpressionEliminationPass,
    DeduplicateInitializersPass,
    RemoveUnusedNodesPass,
)


def remove_dead_code(model: ir.Model) -> bool:
    """Removes nodes and initializers that no output depends on, in place.

    x ── Relu ── y (output)              x ── Relu ── y
     └── Exp  ── (read by nobody)   =>
    """
    return bool(RemoveUnusedNodesPass()(model).modified)


def share_common_subexpressions(model: ir.Model) -> bool:
    """Computes once what is computed twice from the same values, in place.

        x ─┬─ Relu ── a ── Add               x ── Relu ── a ─┬─ Add
           └─ Relu ── b ────┘           =>                   └──┘

    Small equal constants (up to 1024 elements) become one first, so that nodes over equal
    constants are recognized. The name of the value computed first stays.
    """
    shared_constants = DeduplicateInitializersPass()(model).modified
    shared_nodes = CommonSubexpressionEliminationPass()(model).modified
    return bool(shared_constants or shared_nodes)
