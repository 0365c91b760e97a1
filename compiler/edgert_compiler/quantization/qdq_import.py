"""Takes Q/DQ nodes out of a model that was quantized elsewhere, and keeps what they prescribe.

    x ─ QuantizeLinear ─ DequantizeLinear ─ y     ──▶  x ─ y,   activations["x"] = scale, zero point
    int8 initializer ─ DequantizeLinear ─ w       ──▶  float initializer w,   weights["w"] = scales

Quantizers leave out a Relu before a pair that cuts off what is below zero anyway. It is put back:
the operator before it may come to compute in float.

The rest of the compiler then sees a float model, with all its fusions. uint8 becomes int8 with a
zero point 128 lower: the same real numbers. Types of fewer bits are int8 behind a Clip.

A node stays where it is what it says: at an integer graph input or output, where others read the
value before it is rounded (in both cases the real numbers are prescribed all the same), and where
int8 cannot hold its numbers: other types, per axis, in blocks, with parameters that are computed.
The graph then rounds by arithmetic, in float.

Weights are integers less their zero point. Scales of blocks have no such form: these weights are
quantized once more, per output channel, unless the model says how to compute its activations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir
from onnx_ir.passes.common import RemoveUnusedNodesPass

from edgert.errors import CompileError
from edgert_compiler.graph.building import new_constant
from edgert_compiler.graph.dataflow import is_control
from edgert_compiler.graph.granularity import integer_limits, is_ordinary
from edgert_compiler.graph.matching import producer
from edgert_compiler.graph.metadata import add_note
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.quantization.plan import WeightParams
from edgert_compiler.quantization.prescription import Prescription
from edgert_compiler.quantization.weights import SMALLEST_SCALE, weight_limits

# What to add to a zero point for the same real numbers in int8, by element type.
_SHIFT = {
    ir.DataType.INT8: 0,
    ir.DataType.UINT8: -128,
    ir.DataType.INT4: 0,
    ir.DataType.UINT4: 0,
    ir.DataType.INT2: 0,
    ir.DataType.UINT2: 0,
}
_BYTES = (ir.DataType.INT8, ir.DataType.UINT8)
_WIDE = (ir.DataType.INT16, ir.DataType.UINT16)
_BEFORE_RELU = ("Add", "BatchNormalization", "Conv", "ConvTranspose", "Gemm", "MatMul")


def _name(dtype: ir.DataType) -> str:
    return dtype.name.lower()


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
        if not np.isfinite(scale.astype(np.float64)).all():
            raise CompileError(
                f"node '{node.name}' ({node.op_type}): its scale '{node.inputs[1].name}' is not "  # type: ignore[union-attr]
                "finite; quantize the model again"
            )
        return cls(scale, zero_point, integers.dtype, axis, block)

    @property
    def wide(self) -> str:
        """Why int8 does not hold activations of these parameters, "" where it does."""
        if self.scale.size != 1:
            return f"to {_name(self.dtype)} with several scales"
        if self.dtype not in _SHIFT:
            return f"to {_name(self.dtype)}"
        if not is_ordinary(float(self.scale.item())):
            return f"with a scale of {float(self.scale.item()):g}"
        return ""

    def equals(self, other: _Linear) -> bool:
        return (
            np.array_equal(self.scale, other.scale)
            and np.array_equal(self.zero_point, other.zero_point)
            and self.dtype == other.dtype
        )

    def range(self) -> tuple[float, float]:
        """The smallest and the largest real number of a whole tensor."""
        low, high = integer_limits(self.dtype) or (0, 0)
        scale, zero_point = float(self.scale.item()), int(self.zero_point.item())
        return (low - zero_point) * scale, (high - zero_point) * scale

    def quantize(self, array: np.ndarray) -> np.ndarray:
        """Real numbers as integers, half to even, saturating (ONNX QuantizeLinear)."""
        scale, zero_point = self.over(array.shape)
        low, high = integer_limits(self.dtype) or (0, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            levels = np.rint(array.astype(np.float32) / scale.astype(np.float32))
        moved = np.nan_to_num(levels.astype(np.float64)) + zero_point.astype(np.float64)
        return np.clip(moved, low, high).astype(self.dtype.numpy())

    def activation(self) -> QuantParams:
        """The parameters of a whole tensor, of a type in _SHIFT, as int8 has them."""
        return QuantParams(
            float(self.scale.item()), int(self.zero_point.item()) + _SHIFT[self.dtype]
        )

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


@dataclass(eq=False)
class _Found:
    """What a `Prescription` will say; mutable.

    `alone`: values that are read by QuantizeLinear of the same parameters only. `blocked`: names of
    weights with scales of blocks.
    """

    alone: frozenset[ir.Value]
    activations: dict[str, QuantParams] = field(default_factory=dict)
    ported: dict[str, QuantParams] = field(default_factory=dict)
    weights: dict[str, WeightParams] = field(default_factory=dict)
    exact_weights: dict[str, str] = field(default_factory=dict)
    wide: dict[str, str] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)
    quantizes: bool = False

    def prescription(self) -> Prescription:
        return Prescription(
            self.activations,
            self.weights,
            self.exact_weights,
            frozenset(self.blocked),
            self.ported,
            self.wide,
            self.quantizes,
        )


def strip_qdq(
    model: ir.Model, quantize: bool = True, wide: bool = True
) -> tuple[ir.Model, Prescription]:
    """A copy of the model without Q/DQ pairs, and their prescription, empty where there is none.

    quantize: whether activations are rounded as the pairs say; wide: whether to 16 bits, too. Pairs
    that do not count are left out, with nothing in their place. Raises CompileError for scales that
    are not finite.
    """
    copy = model.clone()
    found = _Found(frozenset(v for node in copy.graph for v in _only_quantized(node)))
    left_out = (*(() if quantize else _BYTES), *(() if quantize and wide else _WIDE))
    for node in list(copy.graph):
        if node.op_type != "DequantizeLinear" or node.domain or node.inputs[0] is None:
            continue
        linear = _Linear.of(node)
        pair = producer(node.inputs[0], "QuantizeLinear")
        integers = _integers(node)
        if linear is not None and integers is not None:
            _strip_constant(copy.graph, node, linear, integers, found)
        elif pair is not None:
            found.quantizes = True
            _strip_pair(copy.graph, node, linear, pair, found, left_out)
        elif linear is not None:
            _read_integers(node, linear, found)
    RemoveUnusedNodesPass()(copy)
    if found.blocked and not found.quantizes:
        _note(copy, found.blocked)
    return copy, found.prescription()


def _integers(node: ir.Node) -> np.ndarray | None:
    """The integers that a DequantizeLinear reads, where they are constant, quantized or not."""
    source = node.inputs[0]
    quantize = producer(source, "QuantizeLinear")
    if quantize is None:
        return array_of(source)
    array, linear = array_of(quantize.inputs[0]), _Linear.of(quantize)
    if array is None or linear is None or linear.dtype.is_floating_point():
        return None
    return linear.quantize(array)


def _only_quantized(node: ir.Node) -> list[ir.Value]:
    """The input of a QuantizeLinear, if others that do the same are all that reads it."""
    value = node.inputs[0] if node.op_type == "QuantizeLinear" and not node.domain else None
    linear = _Linear.of(node) if value is not None else None
    if value is None or linear is None or value.is_graph_output():
        return []
    source = value.producer()
    if source is not None and is_control(source):
        return []  # the next iteration reads it, too
    for reader in value.consumers():
        other = _Linear.of(reader) if reader.op_type == "QuantizeLinear" else None
        if other is None or reader.inputs[0] is not value or not other.equals(linear):
            return []
    return [value]


def _read_integers(node: ir.Node, linear: _Linear, found: _Found) -> None:
    """Of the real numbers that integers of the graph stand for."""
    source, name = node.inputs[0], node.outputs[0].name or ""
    assert source is not None
    if not linear.wide and linear.dtype in _BYTES:
        found.ported[name] = linear.activation()
    elif source.is_graph_input() or producer(source, "QuantizeLinear") is not None:
        found.wide[name] = linear.wide or f"to {_name(linear.dtype)}"


def _note(model: ir.Model, blocked: list[str]) -> None:
    names = ", ".join(f"'{name}'" for name in blocked[:3]) + (", ..." if len(blocked) > 3 else "")
    note = (
        f"weights with scales of blocks ({names}) are dequantized when compiling; int8 products "
        "quantize them again, per output channel"
    )
    add_note(model, note)


def _strip_constant(
    graph: ir.Graph, node: ir.Node, linear: _Linear, array: np.ndarray, found: _Found
) -> None:
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
    if linear.dtype not in _SHIFT:
        found.exact_weights[name] = f"the model has its weights in {_name(linear.dtype)}"
    elif linear.block:
        found.blocked.append(name)
    else:
        axis = linear.axis % max(1, array.ndim)
        positive = np.abs(linear.scale.astype(np.float32).reshape(-1))
        nonzero = np.where(positive > 0, positive, np.float32(SMALLEST_SCALE))
        found.weights[name] = WeightParams(nonzero, axis, weight_limits(difference))


def _strip_pair(
    graph: ir.Graph,
    node: ir.Node,
    linear: _Linear | None,
    quantize: ir.Node,
    found: _Found,
    left_out: Sequence[ir.DataType],
) -> None:
    """Takes a pair out that int8 can take the place of, or that does not count."""
    value, other = quantize.inputs[0], _Linear.of(quantize)
    assert value is not None
    if linear is None:
        found.wide[node.outputs[0].name or ""] = "with a scale that is computed"
        return
    same = other is not None and linear.equals(other)
    ignored = same and linear.dtype in left_out and linear.scale.size == 1
    narrow = same and not linear.wide and linear.dtype.bitwidth < 8  # a Clip comes between
    if not (ignored or narrow or (value in found.alone and same and not linear.wide)):
        _read_integers(node, linear, found)
        return
    value = _limited(graph, quantize, value, linear)
    if node.outputs[0].is_graph_output():
        value = _as_output(graph, node, value)
    else:
        node.outputs[0].replace_all_uses_with(value)
        graph.remove(node, safe=True)
    if not ignored:
        found.activations[value.name or ""] = linear.activation()


def _limited(graph: ir.Graph, quantize: ir.Node, value: ir.Value, linear: _Linear) -> ir.Value:
    """The value within the range of the pair, where int8 reaches further."""
    if linear.dtype.bitwidth >= 8:
        return _with_relu(graph, quantize, value, linear)
    name = f"{value.name}#clip"
    return _known(value, name) or _clipped(graph, quantize, value, name, linear.range())


def _known(value: ir.Value, name: str) -> ir.Value | None:
    """What an earlier pair on the value has put behind it."""
    found = next((reader for reader in value.consumers() if reader.name == name), None)
    return None if found is None else found.outputs[0]


def _with_relu(graph: ir.Graph, quantize: ir.Node, value: ir.Value, linear: _Linear) -> ir.Value:
    """The value behind the Relu or Relu6 that the quantizer may have left out."""
    low, high = linear.range()
    source = value.producer()
    if low < 0 or source is None or source.op_type not in _BEFORE_RELU:
        return value
    name = f"{value.name}#relu"
    known = _known(value, name)
    if known is not None:
        return known
    if math.isclose(high, 6.0, rel_tol=1e-4):
        return _clipped(graph, quantize, value, name, (0, 6))
    return _inserted(graph, quantize, ir.node("Relu", [value], name=name))


def _clipped(
    graph: ir.Graph, before: ir.Node, value: ir.Value, name: str, bounds: tuple[float, float]
) -> ir.Value:
    assert value.dtype is not None
    limits = [np.array(bound, value.dtype.numpy()) for bound in bounds]
    constants = [new_constant(limit, f"{name}#{i}") for i, limit in enumerate(limits)]
    for constant in constants:
        graph.register_initializer(constant)
    return _inserted(graph, before, ir.node("Clip", [value, *constants], name=name))


def _inserted(graph: ir.Graph, before: ir.Node, node: ir.Node) -> ir.Value:
    """The output of a new node on one value, named as the node."""
    output, value = node.outputs[0], node.inputs[0]
    assert value is not None
    output.name, output.type, output.shape = node.name, value.type, value.shape
    graph.insert_before(before, node)
    return output


def _as_output(graph: ir.Graph, node: ir.Node, value: ir.Value) -> ir.Value:
    """Lets an Identity of the value be the graph output that the node was."""
    identity = ir.node("Identity", [value], name=node.name)
    ir.convenience.replace_nodes_and_values(
        graph, node, [node], [identity], node.outputs, identity.outputs
    )
    return value
