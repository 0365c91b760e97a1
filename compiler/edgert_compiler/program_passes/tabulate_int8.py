"""Turns arithmetic on one 8-bit tensor into a table of its 256 results.

Before::

    elementwise(x: s8; mul, sigmoid, mul) -> y: s8

After::

    lookup_s8(x, table) -> y

The table is what the library's own kernel computes for the 256 values: there is one implementation.
A conversion without instructions stays, arithmetic is faster there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgert_compiler.program.context import Evaluate, PassContext
from edgert_compiler.program.elementwise import overwritable
from edgert_compiler.program.ir import (
    KernelCall,
    Program,
    Storage,
    Tensor,
    arena_tensor,
    constant_tensor,
)


def run(program: Program, context: PassContext) -> Program:
    """Each call by itself."""
    evaluate = context.evaluate
    if evaluate is None:
        return program
    calls = tuple(_tabulated(call, evaluate) for call in program.calls)
    return program if calls == program.calls else replace(program, calls=calls)


def _tabulated(call: KernelCall, evaluate: Evaluate) -> KernelCall:
    variable = _variable_input(call)
    if variable is None:
        return call
    source, target = call.inputs[variable], call.outputs[0]
    assert source is not None
    values = np.arange(256, dtype=np.uint8).view(source.dtype.numpy)
    inputs = tuple(
        arena_tensor(source.dtype, (256,)) if i == variable else _scalar(t)
        for i, t in enumerate(call.inputs)
        if t is not None
    )
    small = replace(call, inputs=inputs, outputs=(arena_tensor(target.dtype, (256,)),), inplace=())
    table = constant_tensor(evaluate(small, values).view(np.uint8))
    inplace = overwritable((source,), target)
    return KernelCall(
        "lookup_s8", (source, table), (target,), {}, call.name, inplace=inplace, region=call.region
    )


def _variable_input(call: KernelCall) -> int | None:
    """The only input that is no constant scalar, where 256 results tell all."""
    if call.kernel != "elementwise" or not call.instructions:
        return None
    if call.outputs[0].dtype.itemsize != 1:
        return None
    variables = [
        index
        for index, tensor in enumerate(call.inputs)
        if tensor is not None and (tensor.buffer.storage != Storage.CONSTANT or tensor.count != 1)
    ]
    if len(variables) != 1:
        return None
    source = call.inputs[variables[0]]
    return variables[0] if source is not None and source.dtype.itemsize == 1 else None


def _scalar(tensor: Tensor) -> Tensor:
    return replace(tensor, shape=(1,), strides=(1,))
