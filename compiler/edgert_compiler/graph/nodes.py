"""Reading nodes: attributes with their defaults, inputs, and the static facts about values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import onnx_ir as ir


@overload
def integer(node: ir.Node, name: str, default: int) -> int: ...
@overload
def integer(node: ir.Node, name: str, default: None = None) -> int | None: ...
def integer(node: ir.Node, name: str, default: int | None = None) -> int | None:
    """An INT attribute."""
    attribute = node.attributes.get(name)
    return default if attribute is None else int(attribute.as_int())


def number(node: ir.Node, name: str, default: float) -> float:
    """A FLOAT attribute."""
    attribute = node.attributes.get(name)
    return default if attribute is None else float(attribute.as_float())


def string(node: ir.Node, name: str, default: str) -> str:
    """A STRING attribute."""
    attribute = node.attributes.get(name)
    return default if attribute is None else str(attribute.as_string())


def integers(node: ir.Node, name: str, default: Sequence[int] = ()) -> tuple[int, ...]:
    """An INTS attribute."""
    attribute = node.attributes.get(name)
    return tuple(default) if attribute is None else tuple(int(i) for i in attribute.as_ints())


def numbers(node: ir.Node, name: str, default: Sequence[float] = ()) -> tuple[float, ...]:
    """A FLOATS attribute."""
    attribute = node.attributes.get(name)
    return tuple(default) if attribute is None else tuple(float(f) for f in attribute.as_floats())


def optional(node: ir.Node, index: int) -> ir.Value | None:
    """Input `index`, or None where the node leaves it out."""
    return node.inputs[index] if index < len(node.inputs) else None


def required(node: ir.Node, index: int) -> ir.Value:
    """Input `index`, which the operator's specification requires."""
    value = optional(node, index)
    assert value is not None, f"{node.name} has no input {index}"
    return value


def is_read(value: ir.Value) -> bool:
    """Whether a node or the user reads the value."""
    return bool(value.uses()) or value.is_graph_output()


def shape_of(value: ir.Value) -> tuple[int, ...]:
    """The static shape. The importer has bound every dimension."""
    assert value.shape is not None, f"{value.name} has no shape"
    return tuple(int(dim) for dim in value.shape)  # type: ignore[arg-type]


def rank_of(value: ir.Value) -> int:
    """The number of axes."""
    return len(shape_of(value))


def array_of(value: ir.Value | None) -> np.ndarray | None:
    """The value of a constant, or None for anything else."""
    if value is None or value.const_value is None:
        return None
    return value.const_value.numpy()


def integers_of(node: ir.Node, index: int) -> tuple[int, ...] | None:
    """A constant integer input flattened, or None where it is absent or not constant."""
    array = array_of(optional(node, index))
    return None if array is None else tuple(int(i) for i in array.reshape(-1))


def axis_of(node: ir.Node, rank: int, default: int, name: str = "axis") -> int:
    """The attribute `axis`, counted from the front."""
    axis = integer(node, name, default)
    return axis + rank if axis < 0 else axis


def permutation(transpose: ir.Node, rank: int) -> tuple[int, ...]:
    """The axes of a Transpose; by default they are reversed."""
    return integers(transpose, "perm", range(rank)[::-1])
