"""The two ends of a loop, whose body is nodes of the graph."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.dataflow import LOOP_BEGIN, LOOP_END, carried, loop_begin
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.limits import MAX_ITERATIONS
from edgert_compiler.graph.nodes import integer, required
from edgert_compiler.operators.base import Operator


class LoopBegin(Operator):
    op_type = LOOP_BEGIN
    domain = DOMAIN


class LoopEnd(Operator):
    op_type = LOOP_END
    domain = DOMAIN

    def unsupported(self, node: ir.Node) -> str | None:
        trips = integer(node, "trips", -1)
        if trips > MAX_ITERATIONS:
            return f"has {trips} iterations; at most {MAX_ITERATIONS} are run"
        return None

    def unknown_shape(self, node: ir.Node, index: int) -> str | None:
        if index >= carried(node):
            return None  # it collects a result of each iteration
        name = node.outputs[index].name
        before, after = loop_begin(node).outputs[1 + index], required(node, 2 + index)
        return (
            f"'{name}' has shape {list(before.shape or ())} before the first iteration and "
            f"{list(after.shape or ())} after it, and memory is planned for one"
        )
