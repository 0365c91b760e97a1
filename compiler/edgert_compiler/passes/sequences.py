"""Sequences of tensors whose elements are known while compiling: they are lists of values.

The form of such a sequence is ``SequenceConstruct`` of its elements, or ``SequenceEmpty``. Rules
bring the operators that make sequences into it, and answer those that read sequences from it; then
nobody reads the sequence any more, and it is gone.
"""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import producer
from edgert_compiler.graph.nodes import array_of, optional


def elements(sequence: ir.Value | None) -> list[ir.Value] | None:
    """The values in a sequence, None where they are not known."""
    node = producer(sequence, "SequenceConstruct", "SequenceEmpty")
    return None if node is None else [value for value in node.inputs if value is not None]


def construct(values: Sequence[ir.Value], dtype: ir.DataType | None) -> ir.Value:
    """A new sequence of these values; the element type is asked for only where it has none."""
    if values:
        return emit("SequenceConstruct", values)
    return emit("SequenceEmpty", [], {"dtype": int(dtype or ir.DataType.FLOAT)})


def position(node: ir.Node, index: int, count: int) -> int | None:
    """The place that input `index` names among `count`, from the front; None for a computed one.

    Raises CompileError where there is no such place.
    """
    array = array_of(optional(node, index))
    return None if array is None else _checked(node, int(array.reshape(-1)[0]), count)


def last(node: ir.Node, count: int) -> int:
    """The last place among `count`. Raises CompileError where there is none."""
    return _checked(node, -1, count)


def _checked(node: ir.Node, place: int, count: int) -> int:
    if -count <= place < count:
        return place % count
    raise CompileError(
        f"node '{node.name}' ({node.op_type}): there is no position {place} in a sequence of "
        f"{count}; correct the position in the model"
    )
