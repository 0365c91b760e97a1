"""Takes Q/DQ nodes out of a model that was quantized elsewhere, and keeps what they prescribe.

    x ─ QuantizeLinear ─ DequantizeLinear ─ y     ──▶  x ─ y,   activations["x"] = scale, zero point
    int8 initializer ─ DequantizeLinear ─ w       ──▶  float initializer w,   weights["w"] = scales

Quantizers leave out a Relu before a pair that cuts off what is below zero anyway. It is put back:
the operator before it may come to compute in float.

The rest of the compiler then sees a float model, with all its fusions. uint8 becomes int8 with a
zero point 128 lower: the same real numbers. Pairs of 16 bits are taken out without a prescription,
so that their operators compute in float. A node stays where it is what it says: at an integer graph
input (whose real numbers are prescribed all the same) or output, per axis on an activation, or with
parameters that are computed.

Weights of 2 and 4 bits are int8 with the same scales. Scales of blocks have no such form: these
weights are quantized once more, per output channel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir
from onnx_ir.passes.common import RemoveUnusedNodesPass

from edgert.compiler.importer import NOTES, notes
from edgert.compiler.nodes import array_of, optional
from edgert.compiler.passes.graph import new_constant
from edgert.compiler.program.ir import QuantParams
from edgert.compiler.quantization.plan import WeightParams

# What to add to a zero point for the same real numbers in a signed type, by element type.
_SHIFT = {ir.DataType.INT8: 0, ir.DataType.UINT8: -128}
_WEIGHT_SHIFT = {
    **_SHIFT,
    ir.DataType.INT4: 0,
    ir.DataType.UINT4: -8,
    ir.DataType.INT2: 0,
    ir.DataType.UINT2: -2,
}
_WIDE = (ir.DataType.INT16, ir.DataType.UINT16)
_BEFORE_RELU = ("Add", "BatchNormalization", "Conv", "ConvTranspose", "Gemm", "MatMul")


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
    """The constants of a QuantizeLinear or DequantizeLinear node.

    `dtype`: of the integers. `block`: elements of `axis` that share a scale, 0 without blocks.
    """

    scale: np.ndarray
    zero_point: np.ndarray
    dtype: ir.DataType
    axis: int
    block: int

    @classmethod
    def of(cls, node: ir.Node) -> _Linear | None:
        scale = array_of(node.inputs[1])
        integers = node.inputs[0] if node.op_type == "DequantizeLinear" else node.outputs[0]
        if scale is None or integers is None or integers.dtype is None:
            return None
        zero_point: np.ndarray | None = np.zeros(scale.shape, np.int32)
        if optional(node, 2) is not None:
            zero_point = array_of(node.inputs[2])
        if zero_point is None:
            return None
        axis = node.attributes.get_int("axis", 1)
        block = node.attributes.get_int("block_size", 0) if scale.ndim > 1 else 0
        return cls(scale, zero_point, integers.dtype, axis, block)

    def equals(self, other: _Linear) -> bool:
        return (
            np.array_equal(self.scale, other.scale)
            and np.array_equal(self.zero_point, other.zero_point)
            and self.dtype == other.dtype
        )

    def range(self) -> tuple[float, float]:
        """The smallest and the largest real number of a whole tensor."""
        limits = np.iinfo(self.dtype.numpy())
        scale, zero_point = float(self.scale.reshape(())), int(self.zero_point.reshape(()))
        return (limits.min - zero_point) * scale, (limits.max - zero_point) * scale

    def activation(self) -> QuantParams:
        """The parameters of a whole tensor, of a type in _SHIFT, as int8 has them."""
        zero_point = int(self.zero_point.reshape(())) + _SHIFT[self.dtype]
        return QuantParams(float(self.scale.reshape(())), zero_point)

    def over(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Scale and zero point as they broadcast against a tensor of that shape."""
        axis = self.axis % max(1, len(shape))

        def broadcast(array: np.ndarray) -> np.ndarray:
            if self.block:
                return array.repeat(self.block, axis).take(np.arange(shape[axis]), axis)
            return array.reshape([-1 if i == axis else 1 for i in range(len(shape))])

        if not self.scale.ndim:
            return self.scale, self.zero_point
        return broadcast(self.scale), broadcast(self.zero_point)


def strip_qdq(model: ir.Model) -> tuple[ir.Model, Prescription]:
    """A copy of the model without Q/DQ pairs, and their prescription, empty where there is none."""
    copy = model.clone()
    activations: dict[str, QuantParams] = {}
    weights: dict[str, WeightParams] = {}
    inputs: dict[str, QuantParams] = {}
    blocked: list[str] = []
    for node in list(copy.graph):
        if node.op_type != "DequantizeLinear" or node.domain:
            continue
        linear = _Linear.of(node)
        source = node.inputs[0]
        if linear is None or source is None:
            continue
        if source.const_value is not None:
            _strip_constant(copy.graph, node, linear, weights)
            blocked += [source.name or ""] if linear.block else []
        elif source.producer() is None:
            inputs |= _input_params(node, linear)
        else:
            _strip_pair(copy.graph, node, linear, activations)
    RemoveUnusedNodesPass()(copy)
    if activations:  # a quantized input alone says nothing about the rest
        activations = {**inputs, **activations}
    if blocked:
        _note(copy, blocked)
    return copy, Prescription(activations, weights)


def _input_params(node: ir.Node, linear: _Linear) -> dict[str, QuantParams]:
    """Of the real numbers that an integer graph input stands for."""
    if linear.dtype not in _SHIFT or linear.scale.size != 1:
        return {}
    return {node.outputs[0].name or "": linear.activation()}


def _note(model: ir.Model, blocked: list[str]) -> None:
    names = ", ".join(f"'{name}'" for name in blocked[:3]) + (", ..." if len(blocked) > 3 else "")
    note = (
        f"weights with scales of blocks ({names}) are dequantized when compiling; int8 products "
        "quantize them again, per output channel"
    )
    model.metadata_props[NOTES] = "\n".join([*notes(model), note])


def _strip_constant(
    graph: ir.Graph, node: ir.Node, linear: _Linear, weights: dict[str, WeightParams]
) -> None:
    array = array_of(node.inputs[0])
    assert array is not None
    output = node.outputs[0]
    scale, zero_point = linear.over(array.shape)
    exact = np.float64 if linear.dtype.bitwidth > 16 else np.float32
    difference = array.astype(exact) - zero_point.astype(exact)
    real = difference.astype(np.float32) * scale.astype(np.float32)
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
    shift = _WEIGHT_SHIFT.get(linear.dtype)
    symmetric = shift is not None and not (linear.zero_point.astype(np.int32) + shift).any()
    if symmetric and not linear.block:
        axis = linear.axis % max(1, array.ndim)
        weights[name] = WeightParams(linear.scale.astype(np.float32).reshape(-1), axis)


def _strip_pair(
    graph: ir.Graph, node: ir.Node, linear: _Linear, activations: dict[str, QuantParams]
) -> None:
    if node.inputs[0] is None or linear.scale.size != 1:
        return
    quantize = node.inputs[0].producer()
    if quantize is None or quantize.op_type != "QuantizeLinear":
        return
    other = _Linear.of(quantize)
    value = quantize.inputs[0]
    if other is None or value is None or not linear.equals(other):
        return
    dtype = linear.dtype
    if dtype in _SHIFT:
        params = linear.activation()
        if activations.get(value.name or "", params) != params:
            return  # quantized twice, differently: the second pair stays what it is
    elif dtype not in _WIDE:
        return
    value = _with_relu(graph, quantize, value, linear)
    if node.outputs[0].is_graph_output():
        value = _as_output(graph, node, value)
    else:
        node.outputs[0].replace_all_uses_with(value)
        graph.remove(node, safe=True)
    if dtype in _SHIFT:
        activations[value.name or ""] = params


def _with_relu(graph: ir.Graph, quantize: ir.Node, value: ir.Value, linear: _Linear) -> ir.Value:
    """The value behind the Relu or Relu6 that the quantizer may have left out."""
    low, high = linear.range()
    producer = value.producer()
    if low < 0 or producer is None or producer.op_type not in _BEFORE_RELU:
        return value
    name = f"{value.name}#relu"
    known = next((reader for reader in value.consumers() if reader.name == name), None)
    if known is not None:
        return known.outputs[0]
    node = ir.node("Relu", [value], name=name)
    if math.isclose(high, 6.0, rel_tol=1e-4):
        assert value.dtype is not None
        bounds = [np.array(bound, value.dtype.numpy()) for bound in (0, 6)]
        constants = [new_constant(b, f"{name}#{i}") for i, b in enumerate(bounds)]
        node = ir.node("Clip", [value, *constants], name=name)
        for constant in constants:
            graph.register_initializer(constant)
    output = node.outputs[0]
    output.name, output.type, output.shape = name, value.type, value.shape
    graph.insert_before(quantize, node)
    return output


def _as_output(graph: ir.Graph, node: ir.Node, value: ir.Value) -> ir.Value:
    """Lets an Identity of the value be the graph output that the node was."""
    identity = ir.node("Identity", [value], name=node.name)
    ir.convenience.replace_nodes_and_values(
        graph, node, [node], [identity], node.outputs, identity.outputs
    )
    return value
