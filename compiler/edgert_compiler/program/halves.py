"""Weights of a kernel program in half precision, which the runtime widens when it loads a bundle.

    conv2d_f32(x, weights: f32 constant, …)   ──▶   conv2d_f32(x, weights: f32 widened from f16, …)

Kernels and their operands stay what they are; a bundle that is not for half precision has none of
this (docs/bundle.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from edgert_compiler import halves
from edgert_compiler.program.ir import Buffer, DType, KernelCall, Program, Storage, Tensor

# Operands that weights are: those that a model has many of. Biases, scales, tables of indices and
# thresholds are few, or mean something else when they are rounded.
_WEIGHTS: Mapping[str, tuple[int, ...]] = {
    "conv2d_f32": (1,),
    "depthwise_conv2d_f32": (1,),
    "matmul_f32": (0, 1),
    "gather": (0,),
}


def store_halves(program: Program) -> Program:
    """The program with its weights in float16, where that holds them (edgert_compiler/halves.py).

    A constant that is also read as something else stays as it is.
    """
    others = {t.buffer for call in program.calls for t in _others(call)}
    narrowed = {
        tensor.buffer: _narrowed(tensor.buffer)
        for call in program.calls
        for tensor in _weights(call)
        if tensor.buffer not in others
    }
    tensors = {
        tensor: replace(tensor, buffer=narrowed[tensor.buffer])
        for call in program.calls
        for tensor in _weights(call)
        if tensor.buffer in narrowed
    }

    def stored(call: KernelCall) -> KernelCall:
        if not any(tensor in tensors for tensor in call.inputs):
            return call
        inputs = tuple(None if t is None else tensors.get(t, t) for t in call.inputs)
        return replace(call, inputs=inputs)

    return replace(program, calls=tuple(map(stored, program.calls)))


def notes(program: Program) -> list[str]:
    """What became of the weights of a program of `store_halves`."""
    stored = {b for b in program.buffers() if b.storage == Storage.WIDENED}
    kept = [call.name for call in program.calls if any(_weights(call))]
    return halves.notes(sum(buffer.nbytes // 2 for buffer in stored), kept)


def _weights(call: KernelCall) -> Iterator[Tensor]:
    """Constant float32 operands that are weights."""
    for place in _WEIGHTS.get(call.kernel, ()):
        tensor = call.inputs[place]
        if tensor is not None and _is_float_constant(tensor):
            yield tensor


def _others(call: KernelCall) -> Iterator[Tensor]:
    places = _WEIGHTS.get(call.kernel, ())
    for place, tensor in enumerate(call.inputs):
        if tensor is not None and not (place in places and tensor.dtype == DType.F32):
            yield tensor


def _is_float_constant(tensor: Tensor) -> bool:
    return tensor.dtype == DType.F32 and tensor.buffer.storage == Storage.CONSTANT


def _narrowed(buffer: Buffer) -> Buffer:
    assert buffer.data is not None
    data = halves.to_halves(buffer.data)
    return buffer if data is None else replace(buffer, storage=Storage.WIDENED, data=data)
