"""Takes Q/DQ nodes out of a model that was quantized elsewhere, and keeps what they prescribe.

    x ─ QuantizeLinear ─ DequantizeLinear ─ y     ──▶  x ─ y,   activations["x"] = scale, zero point
    int8 initializer ─ DequantizeLinear ─ w       ──▶  float initializer w,   weights["w"] = scales

The rest of the compiler then sees a float model, with all its fusions. uint8 becomes int8 with a
zero point 128 lower: the same real numbers. Pairs of 16 bits are taken out without a prescription,
so that their operators compute in float. A node stays where it is what it says: at an integer graph
input or output, per axis on an activation, or with parameters that are computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir
from onnx_ir.passes.common import RemoveUnusedNodesPass

from edgert.compiler.passes.graph import constant
from edgert.compiler.program.ir import QuantParams
from edgert.compiler.quantization.plan import WeightParams

# Zero point of int8 for the same real numbers, by element type.
_SHIFT = {np.dtype(np.int8): 0, np.dtype(np.uint8): -128}
_WIDE = (np.dtype(np.int16), np.dtype(np.uint16))


@dataclass(frozen=True, eq=False)
class Prescription:
    """Parameters by name of values of the float model."""

    activations: Mapping[str, QuantParams] = field(default_factory=dict)
    weights: Mapping[str, WeightParams] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether the model was quantized at all."""
        return bool(self.activations)


@dataclass(frozen=True, eq=False)
class _Linear:
    """The constants of a QuantizeLinear or DequantizeLinear node."""

    scale: np.ndarray
    zero_point: np.ndarray
    axis: int

    @classmethod
    def of(cls, node: ir.Node) -> _Linear | None:
        scale = constant(node.inputs[1])
        blocked = node.attributes.get_int("block_size", 0) != 0
        if scale is None or scale.ndim > 1 or blocked:
            return None
        zero_point: np.ndarray | None = np.zeros(scale.shape, _default_type(node))
        if len(node.inputs) > 2 and node.inputs[2] is not None:
            zero_point = constant(node.inputs[2])
        if zero_point is None:
            return None
        return cls(scale, zero_point, node.attributes.get_int("axis", 1))

    def equals(self, other: _Linear) -> bool:
        return (
            np.array_equal(self.scale, other.scale)
            and np.array_equal(self.zero_point, other.zero_point)
            and self.zero_point.dtype == other.zero_point.dtype
        )


def strip_qdq(model: ir.Model) -> tuple[ir.Model, Prescription]:
    """A copy of the model without Q/DQ pairs, and their prescription, empty where there is none."""
    copy = model.clone()
    activations: dict[str, QuantParams] = {}
    weights: dict[str, WeightParams] = {}
    for node in list(copy.graph):
        if node.op_type != "DequantizeLinear" or node.domain:
            continue
        linear = _Linear.of(node)
        source = node.inputs[0]
        if linear is None or source is None:
            continue
        if source.const_value is not None:
            _strip_constant(copy.graph, node, linear, weights)
        else:
            _strip_pair(copy.graph, node, linear, activations)
    RemoveUnusedNodesPass()(copy)
    return copy, Prescription(activations, weights)


def _strip_constant(
    graph: ir.Graph, node: ir.Node, linear: _Linear, weights: dict[str, WeightParams]
) -> None:
    array = constant(node.inputs[0])
    assert array is not None
    axis = linear.axis % max(1, array.ndim)
    shape = [-1 if dim == axis else 1 for dim in range(array.ndim)] if linear.scale.ndim else []
    scale = linear.scale.astype(np.float32).reshape(shape)
    output = node.outputs[0]
    # float64 holds every format exactly: integers of 32 bits and floats of 8.
    zero_point = linear.zero_point.astype(np.float64).reshape(shape)
    real = (array.astype(np.float64) - zero_point).astype(np.float32) * scale
    tensor = ir.tensor(real.astype(np.float32 if output.dtype is None else output.dtype.numpy()))
    name = output.name or ""
    value = ir.Value(
        name=name, const_value=tensor, type=ir.TensorType(tensor.dtype), shape=ir.Shape(array.shape)
    )
    tensor.name = name
    output.replace_all_uses_with(value, replace_graph_outputs=True)
    output.name = f"{name}#removed"
    graph.remove(node, safe=True)
    graph.register_initializer(value)
    shift = _SHIFT.get(array.dtype)
    if shift is not None and not (linear.zero_point.astype(np.int32) + shift).any():
        weights[name] = WeightParams(linear.scale.astype(np.float32).reshape(-1), axis)


def _strip_pair(
    graph: ir.Graph, node: ir.Node, linear: _Linear, activations: dict[str, QuantParams]
) -> None:
    quantize = node.inputs[0].producer() if node.inputs[0] is not None else None
    if quantize is None or quantize.op_type != "QuantizeLinear" or linear.scale.size != 1:
        return
    other = _Linear.of(quantize)
    value = quantize.inputs[0]
    if other is None or value is None or not linear.equals(other):
        return
    dtype = linear.zero_point.dtype
    if dtype in _SHIFT:
        zero_point = int(linear.zero_point.reshape(())) + _SHIFT[dtype]
        params = QuantParams(float(linear.scale.reshape(())), zero_point)
        if activations.get(value.name or "", params) != params:
            return  # quantized twice, differently: the second pair stays what it is
    elif dtype not in _WIDE:
        return
    if node.outputs[0].is_graph_output():
        value = _as_output(graph, node, value)
    else:
        node.outputs[0].replace_all_uses_with(value)
        graph.remove(node, safe=True)
    if dtype in _SHIFT:
        activations[value.name or ""] = params


def _as_output(graph: ir.Graph, node: ir.Node, value: ir.Value) -> ir.Value:
    """Lets an Identity of the value be the graph output that the node was."""
    identity = ir.node("Identity", [value], name=node.name)
    ir.convenience.replace_nodes_and_values(
        graph, node, [node], [identity], node.outputs, identity.outputs
    )
    return value


def _default_type(node: ir.Node) -> np.dtype:
    """The type of an absent zero point."""
    code = node.attributes.get_int("output_dtype", 0)
    if node.op_type == "QuantizeLinear":
        return np.dtype(ir.DataType(code).numpy()) if code else np.dtype(np.uint8)
    source = node.inputs[0]
    return np.dtype(source.dtype.numpy() if source is not None and source.dtype else np.uint8)
