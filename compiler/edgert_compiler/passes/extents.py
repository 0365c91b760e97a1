"""What is known of integers that are computed at run time: shapes, amounts, bounds of slices.

Exporters compute the shape of a tensor whose size depends on data from other such sizes:
``min(count, 300)``, ``[count, 4]``. An `Extent` is one number of such a computation.
"""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from edgert_compiler.graph.matching import dims, op_id
from edgert_compiler.graph.nodes import array_of

_RENAMES = frozenset({"Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten"})


@dataclass(frozen=True, eq=False)
class Extent:
    """A number: constant, or the only element of an integer `value` that is computed at run time.

    `upper` is the largest that it can be, None where that is not known.
    """

    upper: int | None
    value: ir.Value | None = None


def extents(value: ir.Value | None) -> list[Extent] | None:
    """The elements of an integer vector or scalar, or None where they cannot be told apart."""
    if value is None:
        return None
    array = array_of(value)
    if array is not None:
        return [Extent(int(number)) for number in array.reshape(-1)]
    node = value.producer()
    if node is None:
        return _single(value)
    if op_id(node) in _RENAMES and _is_integer(node.inputs[0]):
        return extents(node.inputs[0])
    if op_id(node) == "Concat":
        parts = [extents(operand) for operand in node.inputs]
        return [e for p in parts if p for e in p] if all(p is not None for p in parts) else None
    if op_id(node) in ("Gather", "Slice"):
        chosen = _chosen(node)
        if chosen is not None:
            return chosen
    return _single(value)


def upper_limit(value: ir.Value) -> int | None:
    """The largest that an integer of one element can be, or None."""
    node = value.producer()
    if array_of(value) is not None or node is None:
        array = array_of(value)
        return int(array.max()) if array is not None and array.size else None
    if op_id(node) in _RENAMES:
        return upper_limit(node.inputs[0]) if _is_integer(node.inputs[0]) else None  # type: ignore[arg-type]
    if op_id(node) in ("edgert.Positions", "edgert.Distinct"):
        shape = dims(node.outputs[0])
        return shape[0] if shape else None
    if op_id(node) in ("Min", "ReduceMin"):
        operands = extents(node.inputs[0]) if node.op_type == "ReduceMin" else None
        limits = [e.upper for e in operands or ()] or [_limit(v) for v in node.inputs]
        return min((limit for limit in limits if limit is not None), default=None)
    if op_id(node) in ("Mul", "Add", "Max"):
        limits = [_limit(v) for v in node.inputs]
        if any(limit is None or limit < 0 for limit in limits):
            return None
        numbers = [limit for limit in limits if limit is not None]
        return {
            "Mul": lambda: numbers[0] * numbers[-1],
            "Add": lambda: sum(numbers),
            "Max": lambda: max(numbers),
        }[node.op_type]()
    known = _chosen(node) if op_id(node) in ("Gather", "Slice") else None
    return known[0].upper if known is not None and len(known) == 1 else None


def _limit(value: ir.Value | None) -> int | None:
    return None if value is None else upper_limit(value)


def _is_integer(value: ir.Value | None) -> bool:
    return value is not None and value.dtype in (ir.DataType.INT64, ir.DataType.INT32)


def origin(count: ir.Value) -> ir.Value:
    """Where a number comes from that is only reshaped, cast, or taken out of a shape."""
    found = extents(count)
    source = found[0].value if found is not None and len(found) == 1 else None
    return count if source is None else source


def _single(value: ir.Value) -> list[Extent] | None:
    shape = dims(value)
    if not _is_integer(value) or shape is None or any(dim != 1 for dim in shape):
        return None
    return [Extent(upper_limit(value), value)]


def _chosen(node: ir.Node) -> list[Extent] | None:
    """Entries of a vector at constant places."""
    source = extents(node.inputs[0])
    operands = [array_of(v) for v in node.inputs[1:]]
    if source is None or any(operand is None for operand in operands):
        return None
    flat = [operand.reshape(-1) for operand in operands if operand is not None]
    if node.op_type == "Gather":
        return [source[int(i)] for i in flat[0]]
    step = int(flat[3][0]) if len(flat) > 3 else 1
    return source[slice(int(flat[0][0]), int(flat[1][0]), step)]
