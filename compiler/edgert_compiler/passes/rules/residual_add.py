"""Addition of two branches into the product at the end of one."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import PRODUCTS
from edgert_compiler.graph.matching import dims, is_float, only_use, producer
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.products import is_plain, rebuilt


class ResidualAdd(Rule):
    """The product adds the other branch before it stores.

        x ── edgert.Conv ── Add          x ── edgert.Conv{residual}
                             │      =>              │
        r ───────────────────┘           r ─────────┘

    Of two products the one computed last takes the sum: the other is finished by then. There can be
    no cycle, since the product's output is read by the addition alone.
    """

    stage = Stage.FUSE
    ops = frozenset({"Add"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses broadcasting, activations before the addition, and outputs read elsewhere."""
        candidates, reason = [], ""
        for value, other in (tuple(node.inputs), tuple(reversed(node.inputs))):
            product = producer(value, *PRODUCTS)
            if product is None or value is None or other is None or not is_float(value):
                continue
            problem = _problem(product, other, node)
            if problem is None:
                candidates.append((product, other))
            reason = problem or reason
        if not candidates:
            return Refusal(reason) if reason else None
        product, other = _last(candidates)
        inputs = [product.inputs[0], product.inputs[1], optional(product, 2), other]
        return Rewrite((rebuilt(product, inputs, {}),))


def _problem(product: ir.Node, other: ir.Value, node: ir.Node) -> str | None:
    if not is_plain(product):
        return "the product already has a residual or an activation"
    if not only_use(product.outputs[0]):
        return "the product is read elsewhere"
    if other.const_value is not None:
        return "the other operand is constant"
    shape = dims(node.outputs[0])
    if dims(other) != shape or dims(product.outputs[0]) != shape:
        return "the operands are broadcast"
    return None


def _last(candidates: list[tuple[ir.Node, ir.Value]]) -> tuple[ir.Node, ir.Value]:
    """The candidate whose product comes last in the graph."""
    if len(candidates) == 1:
        return candidates[0]
    first, second = candidates
    graph = first[0].graph
    assert graph is not None
    for node in graph:
        if node is first[0]:
            return second
        if node is second[0]:
            return first
    raise AssertionError("both products are in the graph")
