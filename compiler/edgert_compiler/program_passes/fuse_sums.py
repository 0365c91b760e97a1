"""Lets float products of quantized programs give the same bits on every instruction set.

Before::

    conv2d_f32(x, weights, bias) -> y                      in a program with int8 tensors

After::

    conv2d_f32(x, weights, bias; fused=1) -> y

Where float values are quantized, their last bits decide whether a result is one step away: all
machines have to agree on them. The others may round as they like best, and get 0.
"""

from __future__ import annotations

from dataclasses import replace

from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import DType, Program

_PARAM = "fused"  # of every kernel that adds float products, docs/kernels.md


def run(program: Program, context: PassContext) -> Program:
    """Sets the parameter wherever a kernel has it."""
    fields = context.fields or {}
    fused = int(_is_quantized(program))
    calls = tuple(
        replace(call, params={**call.params, _PARAM: fused})
        if _PARAM in fields.get(call.kernel, ())
        else call
        for call in program.calls
    )
    return program if calls == program.calls else replace(program, calls=calls)


def _is_quantized(program: Program) -> bool:
    return any(
        tensor is not None and tensor.dtype is DType.S8
        for call in program.calls
        for tensor in (*call.inputs, *call.outputs)
    )
