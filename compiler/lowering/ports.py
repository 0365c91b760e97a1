"""Inputs and outputs as the caller sees them: element type, axis order, quantization."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.context import native_dtype
from edgert.compiler.nodes import array_of, shape_of
from edgert.compiler.program.ir import DType, Port, QuantParams, Storage, Tensor, port_tensor
from edgert.compiler.quantization.plan import QuantizationPlan

_IMAGE_RANK = 4
_CHANNELS_LAST = (0, 2, 3, 1)
_BYTES = {"int8": (DType.S8, 0), "uint8": (DType.U8, 128)}


@dataclass(frozen=True)
class PortForm:
    """How ports differ from what the ONNX model declares.

    Attributes:
        io_type: "float32": as declared. "int8", "uint8": float ports that the plan computes in int8
            are quantized tensors; others stay float.
        channels_last: ports of rank 4 are [N, H, W, C] instead of [N, C, H, W].
        only: the names of the ports that `io_type` is for; None: all.
    """

    io_type: str = "float32"
    channels_last: bool = False
    only: frozenset[str] | None = None

    def port(self, value: ir.Value, plan: QuantizationPlan) -> Port:
        """The port of a graph input or output."""
        dtype, params = self._stored(value, plan)
        shape = shape_of(value)
        order = self._order(len(shape))
        return Port(
            value.name or "", dtype, tuple(shape[axis] for axis in order), quantization=params
        )

    def tensor(
        self, value: ir.Value, plan: QuantizationPlan, storage: Storage, port: int
    ) -> Tensor:
        """The caller's buffer, with its axes in ONNX order; as `LoweringContext.bind` takes it."""
        dtype, params = self._stored(value, plan)
        order = self._order(value.shape.rank() if value.shape is not None else 0)
        shape = tuple(shape_of(value)[axis] for axis in order)
        stored = port_tensor(storage, dtype, shape, port, value.name or "")
        quantization = params if dtype is not native_dtype(value) else None
        return replace(layout.transpose(stored, layout.inverse(order)), quantization=quantization)

    def kept_in_float(self, value: ir.Value, plan: QuantizationPlan) -> bool:
        """Whether an 8-bit type was asked for and the port is float all the same."""
        return self._in_bytes(value) and self._stored(value, plan)[0] is DType.F32

    def _order(self, rank: int) -> layout.Order:
        if self.channels_last and rank == _IMAGE_RANK:
            return _CHANNELS_LAST
        return tuple(range(rank))

    def _in_bytes(self, value: ir.Value) -> bool:
        return self.io_type in _BYTES and (self.only is None or value.name in self.only)

    def _stored(self, value: ir.Value, plan: QuantizationPlan) -> tuple[DType, QuantParams | None]:
        dtype = native_dtype(value)
        params = plan.activations.get(value.name or "")
        if dtype is DType.F32 and self._in_bytes(value) and params is not None:
            dtype, shift = _BYTES[self.io_type]
            return dtype, QuantParams(params.scale, params.zero_point + shift)
        return dtype, _declared(value) if dtype in (DType.S8, DType.U8) else None


AS_DECLARED = PortForm()


def _declared(value: ir.Value) -> QuantParams | None:
    """What the model's own Q or DQ node says of an 8-bit input or output."""
    producer = value.producer()
    nodes = [producer] if producer is not None else list(value.consumers())
    for node in nodes:
        if node is None or node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        arrays = [None if v is None else array_of(v) for v in node.inputs[1:3]]
        if arrays[0] is not None and arrays[0].size == 1:
            zero_point = arrays[1] if len(arrays) > 1 and arrays[1] is not None else np.zeros(1)
            return QuantParams(float(arrays[0].item()), int(zero_point.item()))
    return None
