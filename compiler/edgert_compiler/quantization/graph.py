"""What the quantizer sees of a graph: how each node takes part, and which values it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from edgert_compiler.graph.matching import is_float
from edgert_compiler.graph.regions import nodes_in_loops
from edgert_compiler.operators import registry
from edgert_compiler.operators.base import Operator, QuantizationRole

FindOp = Callable[[str, str], "Operator | None"]


@dataclass(frozen=True, eq=False)
class QuantizableNode:
    """A node with its part in quantization.

    `data`: float inputs that would be int8, in order, without constants (but with those that a
    UNIFY operator puts beside its other inputs). `product`: multiply-accumulates with
    constant weights, which is what int8 makes faster; its int8 kernel can write float. `loop`:
    name of the loop that it runs in, "" where it runs once.
    """

    node: ir.Node
    role: QuantizationRole
    data: tuple[ir.Value, ...]
    weight: ir.Value | None
    weight_axis: int
    product: bool
    loop: str = ""

    @property
    def name(self) -> str:
        """The node's name, the key of decisions."""
        return self.node.name or ""

    @property
    def unobserved(self) -> str:
        """Why calibration data tells nothing of it, "" where it does."""
        reason = f"it runs in the loop '{self.loop}', in which no values are observed"
        return reason if self.loop else ""

    @property
    def output(self) -> ir.Value:
        """The first output."""
        return self.node.outputs[0]


def size(value: ir.Value) -> int:
    """Elements of a value of static shape."""
    total = 1
    for dim in value.shape or ():
        total *= int(dim)  # type: ignore[arg-type]
    return total


def operators(model: ir.Model, find: FindOp = registry.find) -> list[QuantizableNode]:
    """Every node in execution order."""
    loops = nodes_in_loops(model.graph)
    return [_operator(node, find, loops.get(node, "")) for node in model.graph]


def _operator(node: ir.Node, find: FindOp, loop: str) -> QuantizableNode:
    op = find(node.op_type, node.domain)
    role = op.role(node) if op is not None else QuantizationRole.FLOAT
    if not is_float(node.outputs[0]):
        role = QuantizationRole.FLOAT
    index = op.weight_input(node) if op is not None else None
    weight = node.inputs[index] if index is not None and index < len(node.inputs) else None
    inputs = [v for v in node.inputs if v is not None and v is not weight and is_float(v)]
    if role is QuantizationRole.PRESERVE:
        inputs = inputs[:1]
    if role is not QuantizationRole.UNIFY:
        inputs = [v for v in inputs if v.const_value is None]
    product = role is QuantizationRole.COMPUTE and weight is not None
    return QuantizableNode(
        node,
        role,
        tuple(inputs) if role.reads_int8 else (),
        weight,
        op.weight_axis(node) if op is not None else 0,
        product,
        loop,
    )


def range_sources(ops: Sequence[QuantizableNode]) -> Callable[[ir.Value], list[ir.Value]]:
    """A function from a value to the computed values that it is a copy or selection of.

    These are what calibration observes: a MaxPool's or Reshape's output has its input's range.
    """
    producers = {value: op for op in ops for value in op.node.outputs}

    def sources(value: ir.Value) -> list[ir.Value]:
        op = producers.get(value)
        if op is None or op.role not in (QuantizationRole.PRESERVE, QuantizationRole.UNIFY):
            return [value]
        return [source for data in op.data for source in sources(data)]

    return sources
