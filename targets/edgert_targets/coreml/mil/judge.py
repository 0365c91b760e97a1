"""What keeps a graph from being a MIL program, as `edgert_compiler/unsupported.py` asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.operators import registry as cpu_operators
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.ops.registry import find
from edgert_targets.coreml.mil.types import fits_int32, kind_of

MAX_RANK = 5

# Nodes that are taken apart before lowering have the limits of what they become.
_STAND_INS = {
    (DOMAIN, "Conv"): "Conv",
    (DOMAIN, "ConvTranspose"): "ConvTranspose",
    (DOMAIN, "Gemm"): "MatMul",
    ("", "Swish"): "Sigmoid",
}


@dataclass(frozen=True)
class Judge:
    """The limits of one operator for an iOS version."""

    op: MilOp
    ios: int

    def unsupported(self, node: ir.Node) -> str | None:
        """Why this node cannot be lowered, or None where it can. Shapes and types are known."""
        operands = (*node.inputs[: self.op.operands], *node.outputs)
        values = [value for value in operands if value is not None and value.name]
        reasons = (
            *map(unsupported_value, values),
            self.op.unsupported_kind(node),
            self.op.unsupported(node, self.ios),
        )
        return next(filter(None, reasons), None)


@dataclass(frozen=True)
class Missing:
    """Refuses an operator that edgert has for CPUs alone."""

    def unsupported(self, node: ir.Node) -> str | None:
        """Why this node cannot be lowered."""
        return "edgert has no form of it for Core ML; CPU targets compute it"


def judge(op_type: str, domain: str, ios: int) -> Judge | Missing | None:
    """What judges nodes of this operator, or None where nothing computes it."""
    stand_in = _STAND_INS.get((domain, op_type))
    op = find(stand_in) if stand_in else find(op_type, domain)
    if op is not None:
        return Judge(op, ios)
    return Missing() if cpu_operators.find(op_type, domain) is not None else None


def unsupported_ports(values: Iterable[ir.Value]) -> str | None:
    """Why Core ML cannot have these inputs or outputs of a model, or None where it can."""
    for value in values:
        if value.dtype is None or value.shape is None:
            return f"the shape or the type of '{value.name}' is not known"
        if value.shape.rank() == 0:
            return f"'{value.name}' is a scalar; Core ML's inputs and outputs have an axis at least"
        reason = unsupported_value(value)
        if reason is not None:
            return reason
    return None


def unsupported_value(value: ir.Value) -> str | None:
    """Why MIL has no such tensor, or None where it has."""
    array = array_of(value)
    if array is not None:
        return None if fits_int32(array) else f"constant '{value.name}' does not fit in 32 bits"
    assert value.dtype is not None
    assert value.shape is not None
    if kind_of(value.dtype) is None:
        return f"'{value.name}' is {value.dtype.name.lower()}, which Core ML does not have"
    if value.shape.rank() > MAX_RANK:
        return f"'{value.name}' has {value.shape.rank()} axes; Core ML has up to {MAX_RANK}"
    if 0 in tuple(value.shape):
        return f"'{value.name}' is empty"
    return None
