"""Finding pieces of an `onnx_ir` graph: what computes a value, and what reads it."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of


def op_id(node: ir.Node) -> str:
    """The operator as rules name it: "Relu", "edgert.Conv", "ai.onnx.ml.Scaler"."""
    return f"{node.domain}.{node.op_type}" if node.domain else node.op_type


def producer(value: ir.Value | None, *ops: str) -> ir.Node | None:
    """The node that computes `value`, if it is one of `ops` (any operator without `ops`)."""
    node = value.producer() if value is not None else None
    return node if node is not None and (not ops or op_id(node) in ops) else None


def only_use(value: ir.Value) -> bool:
    """Whether the value is read exactly once and is no graph output: it may be fused away."""
    return len(value.uses()) == 1 and not value.is_graph_output()


def dims(value: ir.Value) -> tuple[int, ...] | None:
    """The static shape, or None where it is not known."""
    if value.shape is None or not value.shape.is_static():
        return None
    return tuple(int(d) for d in value.shape)  # type: ignore[arg-type]


def is_float(value: ir.Value) -> bool:
    """Whether the value's elements are float32."""
    return value.dtype == ir.DataType.FLOAT


def scalar(value: ir.Value | None) -> float | None:
    """The value as a number where it is a constant of one element."""
    array = array_of(value)
    return float(array.reshape(-1)[0]) if array is not None and array.size == 1 else None


def constant_operand(node: ir.Node) -> tuple[ir.Value, np.ndarray, int] | None:
    """Of a binary operator with one constant: (the other operand, the constant, its index)."""
    if len(node.inputs) != 2:
        return None
    for index in (1, 0):
        array, other = array_of(node.inputs[index]), node.inputs[1 - index]
        if array is not None and other is not None and other.const_value is None:
            return other, array, index
    return None


def constant_factor(node: ir.Node | None) -> tuple[ir.Value, np.ndarray] | None:
    """(x, c) of x * c or c * x, and (x, 1 / c) of x / c, for float32; c in double precision."""
    if node is None or op_id(node) not in ("Mul", "Div") or not is_float(node.outputs[0]):
        return None
    found = constant_operand(node)
    if found is None:
        return None
    x, array, index = found
    if node.op_type == "Mul":
        return x, array.astype(np.float64)
    if index == 0 or not np.all(array):
        return None
    return x, 1 / array.astype(np.float64)


def other_input(node: ir.Node, value: ir.Value) -> ir.Value | None:
    """The operand of a binary operator that is not `value` (`value` itself for x op x)."""
    first, second = node.inputs
    return second if first is value else first
