"""Which nodes compute in int8, and one sentence for each that does not.

Products (convolutions, matrix products with weights) compute in int8. Other operators follow: they
compute in int8 between int8 operators, so that nothing is converted to float and back on the way.
Behind the last product everything is float: products write float at no cost, and eight bits of a
class score leave ties. Q and DQ nodes that are left are the model's own int8 outputs and inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx_ir as ir

from edgert_compiler.graph.dataflow import is_control
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.quantization.graph import QuantizableNode
from edgert_compiler.quantization.plan import Decision, Precision

INT8 = Decision(Precision.INT8)


def _float(reason: str) -> Decision:
    return Decision(Precision.FLOAT, reason)


def decide(
    operators: Sequence[QuantizableNode],
    blocked: Mapping[str, str],
    graph_inputs: Sequence[ir.Value],
) -> dict[str, Decision]:
    """Decisions by node name; `blocked` gives the reason for nodes that cannot be int8.

    The largest set of int8 nodes that satisfies the rules, found by taking nodes away until all do.
    """
    decisions = {op.name: _initial(op, blocked) for op in operators}
    producers = {id(value): op for op in operators for value in op.node.outputs}
    consumers: dict[int, list[QuantizableNode]] = {}
    for op in operators:
        for value in op.data:
            consumers.setdefault(id(value), []).append(op)
    entries = {id(value) for value in graph_inputs}

    def arrives(value: ir.Value, op: QuantizableNode) -> bool:
        producer = producers.get(id(value))
        if producer is None:
            return id(value) in entries and op.role is not QuantizationRole.COMPUTE
        return decisions[producer.name] is INT8 or producer.node.op_type == "DequantizeLinear"

    def leaves(op: QuantizableNode) -> bool:
        return any(
            decisions[user.name] is INT8
            for value in op.node.outputs
            for user in consumers.get(id(value), ())
        ) or any(
            user.op_type == "QuantizeLinear"
            for value in op.node.outputs
            for user in value.consumers()
        )

    changed = True
    while changed:
        changed = False
        for op in operators:
            if decisions[op.name] is not INT8 or op.product:
                continue
            if not any(arrives(value, op) for value in op.data):
                decisions[op.name], changed = _float("none of its inputs comes in int8"), True
            elif not leaves(op):
                decisions[op.name], changed = _float("only float operators read its output"), True
    return decisions


def _initial(op: QuantizableNode, blocked: Mapping[str, str]) -> Decision:
    if op.name in blocked:
        return _float(blocked[op.name])
    if is_control(op.node):
        return _float("control flow passes values on in float")
    if not op.role.reads_int8:
        return _float(f"{op.node.op_type} computes in float")
    return INT8 if op.data else _float("it has no run-time input to quantize")
