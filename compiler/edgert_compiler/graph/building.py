"""Building pieces of an `onnx_ir` graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir


def new_constant(array: np.ndarray, name: str) -> ir.Value:
    """A constant to use as input of a new node; the name gets a number where it is taken."""
    tensor = ir.tensor(np.ascontiguousarray(array).reshape(np.shape(array)), name=name)
    return ir.Value(
        name=name,
        shape=ir.Shape(np.shape(array)),
        type=ir.TensorType(tensor.dtype),
        const_value=tensor,
    )


def new_node(
    op: str,
    inputs: Sequence[ir.Value | None],
    attributes: Mapping[str, object] | None = None,
    outputs: int = 1,
) -> ir.Node:
    """A node that is not in a graph yet; `op` as `op_id` writes it.

    Absent inputs are None. Attributes are `ir.Attr` or plain values; an empty list has no type and
    must be an `ir.Attr`.
    """
    domain, _, op_type = op.rpartition(".")
    converted = [
        value if isinstance(value, ir.Attr) else ir.convenience.convert_attribute(key, value)  # type: ignore[arg-type]
        for key, value in (attributes or {}).items()
    ]
    trimmed = list(inputs)
    while trimmed and trimmed[-1] is None:
        trimmed.pop()
    return ir.Node(domain, op_type, trimmed, converted, num_outputs=outputs)


def emit(
    op: str, inputs: Sequence[ir.Value | None], attributes: Mapping[str, object] | None = None
) -> ir.Value:
    """The output of a new node with one output."""
    return new_node(op, inputs, attributes).outputs[0]
