"""Transpose before an elementwise operator."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, producer
from edgert_compiler.graph.nodes import array_of, permutation
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

_UNARY = frozenset(
    {"Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Swish", "Gelu"}
    | {"Abs", "Neg", "Exp", "Sqrt", "Elu", "Erf", "Softplus"}
)
_BINARY = frozenset({"Add", "Sub", "Mul", "Div", "Min", "Max"})


class SinkTranspose(Rule):
    """The transpose moves behind the operator, to meet its inverse, and frees the way to fuse.

    x ── Transpose ── Relu            =>   x ── Relu ── Transpose
    x ── Transpose ── Add(c)          =>   x ── Add(c') ── Transpose
    x ── Transpose(p) ─┬─ Add         =>   x ─┬─ Add ── Transpose(p)
    z ── Transpose(p) ─┘                   z ─┘
    """

    stage = Stage.SIMPLIFY
    ops = _UNARY | _BINARY

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses values that are read elsewhere and operands that are not transposed alike."""
        turned = [value for value in node.inputs if producer(value, "Transpose") is not None]
        if not turned or turned[0] is None:
            return None
        shape = dims(node.outputs[0])
        transpose = producer(turned[0], "Transpose")
        if shape is None or transpose is None or dims(turned[0]) != shape:
            return None
        if not all(value is not None and _may_move(value, node) for value in turned):
            return Refusal("the transposed value is read elsewhere")
        perm = permutation(transpose, len(shape))
        operands: list[ir.Value | None] = [node.inputs[0]]
        if node.op_type in _BINARY:
            operands = list(node.inputs)
        plans = [_before(value, perm) for value in operands]
        if any(plan is None for plan in plans):
            return Refusal("the other operand is not transposed alike")
        moved = [p if isinstance(p, ir.Value) else new_constant(*p) for p in plans if p is not None]
        rest = list(node.inputs[len(operands) :])
        result = emit(node.op_type, [*moved, *rest], dict(node.attributes))
        return Rewrite((emit("Transpose", [result], {"perm": perm}),))


def _may_move(value: ir.Value, node: ir.Node) -> bool:
    return not value.is_graph_output() and all(use.node is node for use in value.uses())


def _before(
    value: ir.Value | None, perm: tuple[int, ...]
) -> ir.Value | tuple[np.ndarray, str] | None:
    """What stands for the operand before the transpose: a value, or the constant to permute."""
    transpose = producer(value, "Transpose")
    if transpose is not None:
        same = permutation(transpose, len(perm)) == perm
        return transpose.inputs[0] if same else None
    array = array_of(value)
    if value is None or array is None or array.ndim > len(perm):
        return None
    if array.size == 1:
        return value
    padded = array.reshape((1,) * (len(perm) - array.ndim) + array.shape)
    return padded.transpose(np.argsort(perm)), str(value.name)
