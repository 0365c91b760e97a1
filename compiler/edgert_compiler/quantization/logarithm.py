"""Values on their way to a logarithm: small ones matter as much as large ones.

    samples ── window ── DFT ── magnitude ── mel bands ── Log ── network

Even steps, of which int8 has 255, put all small values into one, and the logarithm makes of that
error a large one. Such a front end stays in float from the logarithm back to where its values come
from: through arithmetic, through selections and through products without a bias, which are
transforms; a layer with a bias sets its own level.
"""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.quantization.graph import QuantizableNode

_BIAS = 2  # input index
# Small inputs give small outputs that tell them apart.
_PROPORTIONAL = frozenset(
    {"Mul", "Div", "Add", "Sub", "Pow", "Sqrt", "Abs", "Max", "Clip", "ReduceSum", "ReduceMean"}
)


def before_logarithms(ops: Sequence[QuantizableNode]) -> dict[str, str]:
    """Why not int8, by name of each value on its way to a Log node."""
    producers = {value: op for op in ops for value in op.node.outputs}
    reasons: dict[str, str] = {}
    for op in ops:
        if op.node.op_type != "Log":
            continue
        reason = f"it leads to the logarithm '{op.name}', which magnifies errors of small values"
        waiting = _computed(op)
        while waiting:
            value = waiting.pop()
            if value.name in reasons:
                continue
            reasons[value.name or ""] = reason
            producer = producers.get(value)
            if producer is not None and _keeps_proportions(producer):
                waiting += _computed(producer)
    return reasons


def _computed(op: QuantizableNode) -> list[ir.Value]:
    values = (
        op.node.inputs[:1] if op.product or op.role is QuantizationRole.PRESERVE else op.node.inputs
    )
    return [value for value in values if value is not None and value.const_value is None]


def _keeps_proportions(op: QuantizableNode) -> bool:
    if op.product:
        bias = optional(op.node, _BIAS)
        values = array_of(bias)
        return bias is None or (values is not None and not values.any())
    return (
        op.role in (QuantizationRole.PRESERVE, QuantizationRole.UNIFY)
        or op.node.op_type in _PROPORTIONAL
    )
