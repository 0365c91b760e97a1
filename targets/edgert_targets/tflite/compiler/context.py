"""What operators lower through: values in the layout and type they ask for, and emission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, rank_of, shape_of
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.program import layout
from edgert_compiler.program.layout import Order
from edgert_compiler.quantization.params import params_from_range, quantize
from edgert_compiler.quantization.plan import Precision, QuantizationPlan
from edgert_targets.tflite.compiler.graph import ChannelParams, Operator, Tensor
from edgert_targets.tflite.compiler.versions import operator_version

FLOAT32, INT8, INT32 = np.dtype(np.float32), np.dtype(np.int8), np.dtype(np.int32)
Options = tuple[str, Mapping[str, object]]


@dataclass(frozen=True, eq=False)
class Array:
    """An ONNX value as a tensor whose axis i is the value's axis `order[i]`."""

    tensor: Tensor
    order: Order

    @property
    def params(self) -> QuantParams | None:
        """Its quantization; None where it is not quantized."""
        return self.tensor.params

    @property
    def onnx_shape(self) -> tuple[int, ...]:
        """Its shape in ONNX axis order."""
        return tuple(self.tensor.shape[i] for i in layout.inverse(self.order))

    def place(self, axis: int) -> int:
        """Where in the tensor an ONNX axis is."""
        return self.order.index(axis)


@dataclass(frozen=True, eq=False)
class Permuted:
    """A value whose element i along the last axis is element `positions[i]` of ONNX."""

    tensor: Tensor
    positions: np.ndarray


class Context:
    """The state of lowering one graph.

    A value exists natively (in its ONNX type) or quantized (int8 with the plan's parameters), each
    possibly in several axis orders. Operators bind what they produce; what a consumer asks for
    beyond that is converted once and kept.
    """

    def __init__(self, plan: QuantizationPlan) -> None:
        self.plan = plan
        self.operators: list[Operator] = []
        self._known: dict[ir.Value, list[Array]] = {}
        self._permuted: dict[ir.Value, Permuted] = {}
        self._node = ""

    # Nodes

    def begin(self, node: ir.Node) -> None:
        """Operators emitted from now on belong to the node."""
        self._node = node.name or node.op_type

    def precision(self, node: ir.Node) -> Precision:
        """How the plan wants the node to compute."""
        return self.plan.precision(node.name or "")

    def is_int8(self, node: ir.Node) -> bool:
        """Whether the plan wants the node to compute in int8."""
        return self.precision(node) is Precision.INT8

    # Values

    def operand(self, node: ir.Node, index: int = 0, order: Order | None = None) -> Array:
        """An input as the node's precision wants it, in an axis order; None: in any."""
        value = node.inputs[index]
        assert value is not None
        if self.is_int8(node) and value.name in self.plan.activations:
            return self.quantized(value, order)
        return self.native(value, order)

    def native(self, value: ir.Value, order: Order | None = None) -> Array:
        """The value in its ONNX type."""
        return self._find(value, None, order)

    def quantized(self, value: ir.Value, order: Order | None = None) -> Array:
        """The value in int8 with the plan's parameters."""
        return self._find(value, self.plan.activations[value.name or ""], order)

    def permuted(self, value: ir.Value) -> Permuted | None:
        """The value with its last axis permuted, where that is the only form it has."""
        return self._permuted.get(value)

    def best(self, value: ir.Value) -> Array:
        """The value as it exists, native if there is a choice."""
        known = self._representations(value)
        return next((array for array in known if array.params is None), known[0])

    def params(self, node: ir.Node, index: int = 0) -> QuantParams | None:
        """The parameters of an output: the plan's for an int8 node, None for others."""
        value = node.outputs[index]
        return self.plan.activations.get(value.name or "") if self.is_int8(node) else None

    # Results

    def bind(self, value: ir.Value, tensor: Tensor, order: Order | None = None) -> Array:
        """Makes a tensor a representation of the value; `order`: row-major by default."""
        array = Array(tensor, layout.row_major(rank_of(value)) if order is None else order)
        assert array.onnx_shape == shape_of(value), f"{value.name}: {array.onnx_shape}"
        self._known.setdefault(value, []).append(array)
        return array

    def bind_permuted(self, value: ir.Value, tensor: Tensor, positions: np.ndarray) -> None:
        """Makes a permuted tensor stand for a value that only asks for `permuted`."""
        self._permuted[value] = Permuted(tensor, positions)

    def result(
        self, value: ir.Value, order: Order | None = None, params: QuantParams | None = None
    ) -> Tensor:
        """A new tensor that is bound to the value: int8 with `params`, else in its ONNX type."""
        order = layout.row_major(rank_of(value)) if order is None else order
        shape = tuple(shape_of(value)[axis] for axis in order)
        tensor = self.tensor(shape, _numpy(value), params, value.name or "")
        self.bind(value, tensor, order)
        return tensor

    def tensor(
        self,
        shape: Sequence[int],
        dtype: np.dtype = FLOAT32,
        params: QuantParams | None = None,
        name: str = "",
    ) -> Tensor:
        """A new tensor: int8 where it has parameters."""
        chosen = INT8 if params else np.dtype(dtype)
        return Tensor(name or self._node, tuple(map(int, shape)), chosen, params)

    def like(self, tensor: Tensor, shape: Sequence[int] | None = None) -> Tensor:
        """A new tensor of the same type and parameters."""
        shape = tensor.shape if shape is None else tuple(map(int, shape))
        return Tensor(self._node, shape, tensor.dtype, tensor.params)

    def constant(
        self,
        array: np.ndarray,
        quantization: QuantParams | ChannelParams | None = None,
        name: str = "",
    ) -> Tensor:
        """A tensor that holds `array`, which is in the quantized type already."""
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        return Tensor(name or self._node, array.shape, array.dtype, quantization, array)

    def number(self, value: float, like: Tensor) -> Tensor:
        """A scalar float constant as an operand beside `like`: quantized exactly where that is."""
        if like.params is None:
            return self.constant(np.array(value, like.dtype))
        return self.quantized_constant(np.array(value, np.float32))

    def quantized_constant(self, array: np.ndarray, params: QuantParams | None = None) -> Tensor:
        """A float constant as int8, with parameters of its own range unless they are given.

        A constant of one magnitude is exact.
        """
        magnitude = float(np.abs(array).max(initial=0.0))
        if params is None and magnitude and np.all((array == 0) | (np.abs(array) == magnitude)):
            params = QuantParams(float(np.float32(magnitude / 127)), 0)
        if params is None:
            low, high = float(array.min(initial=0.0)), float(array.max(initial=0.0))
            params = params_from_range(low, high)
        return self.constant(quantize(array, params), params)

    def vector(self, values: Sequence[int]) -> Tensor:
        """An int32 constant: axes, sizes, pads."""
        return self.constant(np.array(values, np.int32))

    # Operators

    def emit(
        self,
        code: str,
        inputs: Sequence[Tensor | None],
        outputs: Tensor | Sequence[Tensor],
        options: Options | None = None,
        version: int = 1,
    ) -> None:
        """Appends an operator; `version`: at least that, see versions.py."""
        outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
        int8 = any(t is not None and t.dtype == INT8 for t in (*inputs, *outputs))
        self.operators.append(
            Operator(
                code,
                operator_version(code, int8, version),
                tuple(inputs),
                outputs,
                options,
                self._node,
            )
        )

    def requantized(self, tensor: Tensor, params: QuantParams | None, name: str = "") -> Tensor:
        """The tensor with other parameters; None: in float."""
        if tensor.params == params:
            return tensor
        target = self.tensor(tensor.shape, FLOAT32, params, name or tensor.name)
        self._convert(tensor, target)
        return target

    def store(self, tensor: Tensor, target: Tensor) -> None:
        """Writes a tensor to one of the same shape with any parameters."""
        if tensor.params == target.params:
            self.emit("RESHAPE", [tensor, self.vector(target.shape)], target)
        else:
            self._convert(tensor, target)

    def _convert(self, source: Tensor, target: Tensor) -> None:
        if target.params is None:
            self.emit("DEQUANTIZE", [source], target)
        else:
            self.emit("QUANTIZE", [source], target, version=1 if source.params is None else 2)

    def reshaped(self, tensor: Tensor, shape: Sequence[int]) -> Tensor:
        """The tensor with the same elements in another shape."""
        shape = tuple(map(int, shape))
        if tensor.shape == shape:
            return tensor
        if tensor.data is not None:
            return self.constant(tensor.data.reshape(shape), tensor.quantization)
        target = self.like(tensor, shape)
        self.emit("RESHAPE", [tensor, self.vector(shape)], target, ("ReshapeOptions", {}))
        return target

    def transposed(self, array: Array, order: Order) -> Array:
        """The value in another axis order; without moving data where only sizes of 1 move."""
        if array.order == order:
            return array
        shape = array.onnx_shape
        target = tuple(shape[axis] for axis in order)
        if _moving(array.order, shape) == _moving(order, shape):
            return Array(self.reshaped(array.tensor, target), order)
        tensor = self.like(array.tensor, target)
        permutation = [array.order.index(axis) for axis in order]
        self.emit("TRANSPOSE", [array.tensor, self.vector(permutation)], tensor)
        return Array(tensor, order)

    # Representations

    def _find(self, value: ir.Value, params: QuantParams | None, order: Order | None) -> Array:
        known = self._representations(value)
        if value.const_value is not None:
            return self._constant(value, params, order)
        same = [array for array in known if array.params == params]
        for array in same:
            if order is None or array.order == order:
                return array
        source = same[0] if same else self._converted(value, known[0], params)
        if order is None or source.order == order:
            return source
        found = self.transposed(source, order)
        known.append(found)
        return found

    def _converted(self, value: ir.Value, source: Array, params: QuantParams | None) -> Array:
        found = Array(self.requantized(source.tensor, params, value.name or ""), source.order)
        self._known[value].append(found)
        return found

    def _constant(self, value: ir.Value, params: QuantParams | None, order: Order | None) -> Array:
        array = array_of(value)
        assert array is not None
        order = layout.row_major(array.ndim) if order is None else order
        moved = array.transpose(order)
        if params is not None:
            return Array(self.quantized_constant(moved, params), order)
        return Array(self.constant(moved, name=value.name or ""), order)

    def _representations(self, value: ir.Value) -> list[Array]:
        known = self._known.setdefault(value, [])
        assert known or value.const_value is not None, f"{value.name} is not computed"
        if not known:
            known.append(self._constant(value, None, None))
        if value.name in self.plan.rounded:
            params = self.plan.activations[value.name or ""]
            if all(array.params != params for array in known):
                rounded = self.requantized(known[0].tensor, params, value.name or "")
                known[:] = [Array(rounded, known[0].order)]
        return known


def _moving(order: Order, shape: Sequence[int]) -> list[int]:
    """The axes that matter for how elements lie, outermost first."""
    return [axis for axis in order if shape[axis] != 1]


def _numpy(value: ir.Value) -> np.dtype:
    assert value.dtype is not None
    return np.dtype(value.dtype.numpy())
