"""Conversions in front of data movement instead of behind it."""

from __future__ import annotations

from collections.abc import Callable

import onnx_ir as ir

from edgert_compiler.graph.building import new_node
from edgert_compiler.graph.matching import op_id
from edgert_compiler.graph.nodes import array_of, optional

# Operators that only move or select elements, and the inputs that carry them (None: all).
MOVEMENT: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice"), (0,)),
    **dict.fromkeys(("Split", "Gather", "Expand", "Tile", "MaxPool", "Resize", "Identity"), (0,)),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), (0,)),
    "Pad": (0, 2),
    "Concat": None,
}


def movement(value: ir.Value | None) -> ir.Node | None:
    """The node that computes `value` by moving or selecting elements, if one does."""
    node = value.producer() if value is not None else None
    if node is None or op_id(node) not in MOVEMENT:
        return None
    if node.op_type == "Resize" and node.attributes.get_string("mode", "nearest") != "nearest":
        return None
    if node.op_type == "Pad" and optional(node, 2) is None:
        return None  # pad_inputs adds the value
    if node.op_type == "MaxPool" and len(node.outputs) > 1:
        return None
    return node


def moved(node: ir.Node) -> list[ir.Value]:
    """The inputs of a data movement whose elements reach its outputs."""
    indices = MOVEMENT[op_id(node)]
    picked = node.inputs if indices is None else [node.inputs[index] for index in indices]
    return [value for value in picked if value is not None]


def stems_from(value: ir.Value, matches: Callable[[ir.Node], bool]) -> bool:
    """Whether every moved element but constants comes out of a node that `matches`."""
    node = value.producer()
    if node is not None and matches(node):
        return True
    source = movement(value)
    if source is None:
        return False
    computed = [v for v in moved(source) if array_of(v) is None]
    return bool(computed) and all(stems_from(v, matches) for v in computed)


def converted_before(value: ir.Value, convert: Callable[[ir.Value], ir.Value]) -> ir.Value:
    """The converted value: the movement that computes it, on converted elements."""
    node = movement(value)
    assert node is not None
    data = moved(node)
    inputs = [convert(v) if v is not None and v in data else v for v in node.inputs]
    copy = new_node(op_id(node), inputs, dict(node.attributes), outputs=len(node.outputs))
    return copy.outputs[node.outputs.index(value)]
