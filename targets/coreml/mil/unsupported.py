"""What keeps a graph from being a MIL program, all of it at once."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering.attributes import array_of
from edgert.targets.coreml.mil.ops.registry import find
from edgert.targets.coreml.mil.types import fits_int32, kind_of

MAX_RANK = 5


def reason(node: ir.Node, ios: int) -> str | None:
    """Why this node cannot be lowered, or None where it can."""
    op = find(node.op_type, node.domain)
    if op is None:
        return "the Core ML target has no lowering of this operator"
    operands = (*node.inputs[: op.operands], *node.outputs)
    values = [value for value in operands if value is not None and value.name]
    if not all(_is_known(value) for value in values):
        return "a shape depends on data"
    for value in values:
        found = _unsupported_value(value)
        if found is not None:
            return found
    return op.unsupported_kind(node) or op.unsupported(node, ios)


def port_reason(value: ir.Value) -> str | None:
    """Why Core ML cannot have this input or output of the model, or None where it can."""
    if not _is_known(value):
        return "its shape or type is not known"
    if value.shape is not None and value.shape.rank() == 0:
        return "it is a scalar; Core ML's inputs and outputs have at least one axis"
    return _unsupported_value(value)


def _unsupported_value(value: ir.Value) -> str | None:
    array = array_of(value)
    if array is not None and not fits_int32(array):
        return f"constant '{value.name}' does not fit in 32 bits"
    assert value.dtype is not None
    assert value.shape is not None
    if kind_of(value.dtype) is None and array is None:
        return f"'{value.name}' is {value.dtype.name.lower()}, which Core ML does not have"
    if value.shape.rank() > MAX_RANK:
        return f"'{value.name}' has {value.shape.rank()} axes; Core ML has up to {MAX_RANK}"
    if array is None and 0 in tuple(value.shape):
        return f"'{value.name}' is empty"
    return None


def _is_known(value: ir.Value) -> bool:
    return value.dtype is not None and value.shape is not None and value.shape.is_static()
