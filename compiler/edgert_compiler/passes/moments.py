"""Recognizing the mean and the deviation of values over their last axes, as normalizations use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import constant_operand, dims, is_float, producer, scalar
from edgert_compiler.graph.nodes import array_of


@dataclass(frozen=True, eq=False)
class Deviation:
    """sqrt(mean((x - mean)²) + epsilon) of x, over the axes from `axis` on.

    `nodes` compute it, `mean` and `centred` = x - mean.
    """

    x: ir.Value
    mean: ir.Value
    centred: ir.Value
    axis: int
    epsilon: float
    nodes: frozenset[ir.Node]


def deviation(value: ir.Value | None) -> Deviation | None:
    """The deviation that a value is."""
    root = producer(value, "Sqrt")
    raised = producer(root.inputs[0], "Add") if root is not None else None
    operands = constant_operand(raised) if raised is not None else None
    if root is None or raised is None or operands is None:
        return None
    epsilon = scalar(raised.inputs[operands[2]])
    power = _mean(operands[0])
    square = producer(power[0], "Mul", "Pow") if power is not None else None
    centred = _squared(square) if square is not None else None
    difference = producer(centred, "Sub")
    mean = _mean(difference.inputs[1]) if difference is not None else None
    if power is None or square is None or centred is None or difference is None or mean is None:
        return None
    x, axis, averaging = mean
    if epsilon is None or axis != power[1] or difference.inputs[0] is not x or not is_float(x):
        return None
    nodes = frozenset({root, raised, power[2], square, difference, averaging})
    return Deviation(x, averaging.outputs[0], centred, axis, epsilon, nodes)


def inverse_deviation(value: ir.Value | None) -> Deviation | None:
    """The deviation that a value is 1 by."""
    node = producer(value, "Reciprocal", "Div")
    if node is None or (node.op_type == "Div" and scalar(node.inputs[0]) != 1):
        return None
    found = deviation(node.inputs[-1])
    if found is None:
        return None
    nodes = found.nodes | {node}
    return Deviation(found.x, found.mean, found.centred, found.axis, found.epsilon, nodes)


def normalized(
    found: Deviation, scale: ir.Value | None = None, bias: ir.Value | None = None
) -> ir.Value:
    """LayerNormalization of x."""
    shape = dims(found.x)
    assert shape is not None
    if scale is None:
        ones = np.ones(shape[found.axis :], np.float32)
        scale = new_constant(ones, f"{found.x.name}_scale")
    attributes = {"axis": found.axis, "epsilon": found.epsilon}
    return emit("LayerNormalization", [found.x, scale, bias], attributes)


def all_read_within(nodes: Iterable[ir.Node], last: ir.Node) -> bool:
    """Whether what the nodes compute is read by them and by `last` alone."""
    every = {*nodes, last}
    values = (value for node in every if node is not last for value in node.outputs)
    return all(not v.is_graph_output() and every.issuperset(v.consumers()) for v in values)


def _mean(value: ir.Value | None) -> tuple[ir.Value, int, ir.Node] | None:
    """x and the first axis of a mean over the last axes that keeps them as 1, and its node."""
    node = producer(value, "ReduceMean", "GlobalAveragePool")
    x = node.inputs[0] if node is not None else None
    shape = dims(x) if x is not None else None
    if node is None or x is None or shape is None:
        return None
    rank = len(shape)
    if node.op_type == "GlobalAveragePool":
        return x, 2, node
    axes = array_of(node.inputs[1]) if len(node.inputs) > 1 else None
    if axes is None or not axes.size or node.attributes.get_int("keepdims", 1) != 1:
        return None
    first = int(axes.min())
    return (x, first, node) if sorted(axes.tolist()) == list(range(first, rank)) else None


def _squared(node: ir.Node) -> ir.Value | None:
    """The value whose square a product or a power is."""
    first, second = node.inputs
    if node.op_type == "Mul":
        return first if first is second else None
    return first if scalar(second) == 2 else None
