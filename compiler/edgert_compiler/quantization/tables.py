"""Arithmetic on one value, which int8 computes in one step: a table of its 256 results.

    x ─┬─ Mul(0.8) ── Tanh ── Add(1) ── Mul ── y        x: int8 ── table ── y: int8
       └────────────────────────────────┘

What lies between x and y is not stored, so it needs no parameters, and the rounding to them is
saved. (Gelu, Swish and the like as exporters spell them.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.limits import ELEMENTWISE_INPUTS
from edgert_compiler.graph.matching import is_float
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.quantization.graph import FindOp, QuantizableNode

MAX_NODES = 12  # of a table; its kernel call has registers for as many


def with_tables(
    ops: Sequence[QuantizableNode], find: FindOp
) -> tuple[list[QuantizableNode], frozenset[ir.Value]]:
    """The operators, those in tables as int8 arithmetic, and the values between them.

    These are computed from one value alone, and read nowhere else.
    """
    arithmetic = {op.output: op.node for op in ops if _on_scalars(op, find)}
    roles = {op.node: op.role for op in ops}
    tables: set[ir.Node] = set()
    inside: set[ir.Value] = set()
    for node in reversed(arithmetic.values()):
        if node not in tables and roles[node] is QuantizationRole.COMPUTE:
            table = _table(node, arithmetic)
            tables |= table
            inside.update(n.outputs[0] for n in table if n is not node)
    return [_tabulated(op) if op.node in tables else op for op in ops], frozenset(inside)


def _on_scalars(op: QuantizableNode, find: FindOp) -> bool:
    """Whether a node is such arithmetic, with nothing but scalars beside computed values."""
    lowering = find(op.node.op_type, op.node.domain)
    if lowering is None or not is_float(op.output) or not lowering.tabulates(op.node):
        return False
    return all(array is None or array.size == 1 for array in map(array_of, op.node.inputs))


def _tabulated(op: QuantizableNode) -> QuantizableNode:
    data = [v for v in op.node.inputs if v is not None and v.const_value is None]
    return replace(op, role=QuantizationRole.COMPUTE, data=tuple(data))


def _table(last: ir.Node, arithmetic: Mapping[ir.Value, ir.Node]) -> set[ir.Node]:
    """The nodes between the only variable and the output of `last`; none where there are more."""
    nodes = {last}
    grown = True
    while grown and len(nodes) <= MAX_NODES:
        new = {
            arithmetic[value]
            for value in _operands(nodes)
            if value in arithmetic and _is_read_by(value, nodes)
        }
        grown = not new <= nodes
        nodes |= new
    operands = _operands(nodes)
    constants = [value for value in operands if value.const_value is not None]
    variables = set(operands) - set(constants) - {node.outputs[0] for node in nodes}
    few = len(nodes) <= MAX_NODES and len(constants) < ELEMENTWISE_INPUTS
    return nodes if few and len(nodes) > 1 and len(variables) == 1 else set()


def _operands(nodes: Iterable[ir.Node]) -> list[ir.Value]:
    return list(dict.fromkeys(v for node in nodes for v in node.inputs if v is not None))


def _is_read_by(value: ir.Value, nodes: set[ir.Node]) -> bool:
    """Whether these nodes are all that reads a value."""
    return not value.is_graph_output() and nodes.issuperset(value.consumers())
