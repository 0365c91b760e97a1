"""Calls of the kernel `elementwise`: arithmetic on registers, and conversions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.program import layout
from edgert_compiler.program.elementwise import overwritable
from edgert_compiler.program.ir import DType, KernelCall, Tensor

_UNQUANTIZED = QuantParams(1.0, 0)


def elementwise_call(
    inputs: Sequence[Tensor], output: Tensor, instructions: Sequence[Instruction], name: str = ""
) -> KernelCall:
    """`output = instructions(inputs)`, all in ONNX axis order; inputs broadcast to the output.

    Tensors with `quantization` are dequantized when loaded and quantized when stored.
    """
    rank = len(output.shape)
    order = layout.order_of(output)
    operands = [layout.prepend_axes(tensor, rank) for tensor in inputs]
    stored = layout.canonical(layout.transpose(output, order))
    loaded = tuple(layout.canonical(layout.transpose(tensor, order)) for tensor in operands)
    params = {
        "input_scale": tuple(_params(tensor).scale for tensor in loaded),
        "input_zero_point": tuple(_params(tensor).zero_point for tensor in loaded),
        **store_params(output),
    }
    inplace = overwritable(loaded, stored)
    return KernelCall("elementwise", loaded, (stored,), params, name, tuple(instructions), inplace)


def conversion_call(source: Tensor, target: Tensor, name: str = "") -> KernelCall:
    """`target = source`, whatever their types, quantizations and layouts; shapes are equal."""
    if source.dtype == target.dtype and source.quantization == target.quantization:
        order = layout.order_of(target)
        return KernelCall(
            "strided_copy",
            (layout.canonical(layout.transpose(source, order)),),
            (layout.canonical(layout.transpose(target, order)),),
            name=name,
        )
    return elementwise_call([source], target, (), name)


def store_params(output: Tensor) -> dict[str, float | int]:
    """The parameters of `elementwise` that say how a result becomes an element of the output."""
    if output.dtype not in (DType.S8, DType.U8):
        limits = {"act_min": -math.inf, "act_max": math.inf}
        return {"output_scale": 1.0, "output_zero_point": 0, **limits}
    params = _params(output)
    return {
        "output_scale": 1.0 / params.scale,
        "output_zero_point": params.zero_point,
        **quantum_limits(output.dtype, params.zero_point),
    }


def quantum_limits(dtype: DType, zero_point: int) -> dict[str, float]:
    """What an 8-bit type can hold, in quanta before the zero point is added."""
    low, high = (0, 255) if dtype == DType.U8 else (-128, 127)
    return {"act_min": float(low - zero_point), "act_max": float(high - zero_point)}


def output_order(shape: Sequence[int], operands: Sequence[Tensor]) -> layout.Order:
    """The order for a result of `operands`: that of a full-sized operand, best a channels-last one.

    Constants do not count, they could lie in any order. Without a full-sized operand: row-major.
    """
    full = [t for t in operands if t.shape == tuple(shape) and t.buffer.data is None]
    orders = [layout.order_of(t) for t in full]
    usual = layout.row_major(len(shape))
    physical = [
        order for t, order in zip(full, orders) if not layout.transpose(t, usual).contiguous
    ]
    return (physical or orders or [usual])[0]


def _params(tensor: Tensor) -> QuantParams:
    return tensor.quantization or _UNQUANTIZED
