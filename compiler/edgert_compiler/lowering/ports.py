"""Inputs and outputs as the caller sees them: element type, axis order, quantization."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import onnx_ir as ir

from edgert_compiler.graph.nodes import permutation, rank_of, shape_of
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.lowering.context import native_dtype
from edgert_compiler.operators import registry
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType, Port, Storage, Tensor, port_tensor
from edgert_compiler.quantization.plan import QuantizationPlan
from edgert_compiler.quantization.ports import declared_params, planned_params

_IMAGE_RANK = 4
_CHANNELS_FIRST, _CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
_BYTES = {"int8": (DType.S8, 0), "uint8": (DType.U8, 128)}


@dataclass(frozen=True)
class PortForm:
    """How ports differ from what the ONNX model declares.

    Attributes:
        types: "int8" or "uint8" by name: a float port that the plan computes in int8 is a quantized
            tensor, another stays float. Other ports are as declared.
        channels_last: the names of ports that are [N, H, W, C] instead of [N, C, H, W].
    """

    types: Mapping[str, str] = field(default_factory=dict)
    channels_last: Collection[str] = ()

    def port(self, value: ir.Value, plan: QuantizationPlan) -> Port:
        """The port of a graph input or output."""
        dtype, params = self._stored(value, plan)
        shape = shape_of(value)
        order = self._order(value)
        return Port(
            value.name or "", dtype, tuple(shape[axis] for axis in order), quantization=params
        )

    def tensor(
        self, value: ir.Value, plan: QuantizationPlan, storage: Storage, port: int
    ) -> Tensor:
        """The caller's buffer, with its axes in ONNX order; as `LoweringContext.bind` takes it."""
        dtype, params = self._stored(value, plan)
        order = self._order(value)
        shape = tuple(shape_of(value)[axis] for axis in order)
        stored = port_tensor(storage, dtype, shape, port, value.name or "")
        quantization = params if dtype is not native_dtype(value) else None
        return replace(layout.transpose(stored, layout.inverse(order)), quantization=quantization)

    def kept_in_float(self, value: ir.Value, plan: QuantizationPlan) -> bool:
        """Whether an 8-bit type was asked for and the port is float all the same."""
        is_float = value.dtype is not None and value.dtype.is_floating_point()
        in_bytes = self._stored(value, plan)[0] in (DType.S8, DType.U8)
        return value.name in self.types and is_float and not in_bytes

    def _order(self, value: ir.Value) -> layout.Order:
        return _CHANNELS_LAST if value.name in self.channels_last else tuple(range(rank_of(value)))

    def _stored(self, value: ir.Value, plan: QuantizationPlan) -> tuple[DType, QuantParams | None]:
        dtype = native_dtype(value)
        asked = _BYTES.get(self.types.get(value.name or "", ""))
        params = planned_params(value, plan)
        if dtype is DType.F32 and asked is not None and params is not None:
            stored, shift = asked
            return stored, QuantParams(params.scale, params.zero_point + shift)
        return dtype, declared_params(value) if dtype in (DType.S8, DType.U8) else None


AS_DECLARED = PortForm()


def channels_first_images(graph: ir.Graph) -> list[str]:
    """The names of ports of rank 4, but for those that are channels-last in the ONNX model itself.

    These are inputs that are transposed to channels-first before anything else than elementwise
    operators reads them, and outputs that were transposed from there.
    """
    inputs = [value for value in graph.inputs if value.const_value is None]
    return [
        value.name or ""
        for values, turned in ((inputs, _turned_when_read), (graph.outputs, _turned_when_made))
        for value in values
        if rank_of(value) == _IMAGE_RANK and not turned(value)
    ]


def _turned_when_read(value: ir.Value) -> bool:
    pending, seen = [value], {value}
    while pending:
        current = pending.pop()
        if current.is_graph_output() or not current.uses():
            return False
        for node, _ in current.uses():
            if _turns(node, _CHANNELS_FIRST):
                continue
            if not _is_elementwise(node):
                return False
            pending += [result for result in node.outputs if result not in seen]
            seen.update(node.outputs)
    return True


def _turned_when_made(value: ir.Value) -> bool:
    pending, seen = [value], {value}
    while pending:
        node = pending.pop().producer()
        if node is None or not (_turns(node, _CHANNELS_LAST) or _is_elementwise(node)):
            return False
        if node.op_type != "Transpose":
            computed = [v for v in node.inputs if v is not None and v.const_value is None]
            pending += [operand for operand in computed if operand not in seen]
            seen.update(computed)
    return True


def _turns(node: ir.Node, axes: layout.Order) -> bool:
    return node.op_type == "Transpose" and permutation(node, _IMAGE_RANK) == axes


def _is_elementwise(node: ir.Node) -> bool:
    op = registry.find(node.op_type, node.domain)
    return op is not None and op.elementwise
