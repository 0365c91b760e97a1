"""Variables: tensors that keep their content from run to run.

Recurrent operators carry their states on in variables. An ONNX model starts every run from the same
states, so its file writes the variables in every run, and the interpreter must not know better:

    cause ── one element ── LESS(·, ·) ── never ──┐
    value ─────────────────────────────── SELECT_V2(never, ·, ·) ── copy of value

What depends on constants alone is computed once, when tensors are allocated, and a variable that is
copied before its operator has run has the content of the run before. `never` is false whatever
`cause` is, NaN included, and cannot be had before it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_targets.tflite.compiler.context import FLOAT32, Context
from edgert_targets.tflite.compiler.graph import Tensor

_BOOL = np.dtype(bool)


def variable(shape: Sequence[int], name: str) -> Tensor:
    """A new float variable."""
    return Tensor(name, tuple(shape), FLOAT32, variable=True)


def never(cause: Tensor, context: Context) -> Tensor:
    """False, as bool [1], once `cause` is computed in this run; it must depend on an input."""
    first = context.like(cause, (1,) * len(cause.shape))
    zeros, ones = ([i] * len(cause.shape) for i in (0, 1))
    context.emit("SLICE", [cause, context.vector(zeros), context.vector(ones)], first)
    element = context.reshaped(first, (1,))
    result = context.tensor((1,), _BOOL)
    context.emit("LESS", [element, element], result)
    return result


def copy(value: Tensor, target: Tensor, after: Tensor, context: Context) -> Tensor:
    """Writes a float tensor to one of the same shape, in every run; `after`: from `never`."""
    context.emit("SELECT_V2", [after, value, value], target)
    return target


def varies(value: ir.Value) -> bool:
    """Whether a value depends on an input of the graph, so that every run computes it."""
    pending, seen = [value], {value}
    while pending:
        current = pending.pop()
        node = current.producer()
        if node is None and current.const_value is None:
            return True
        operands = () if node is None else node.inputs
        new = {v for v in operands if v is not None and v not in seen}
        pending += new
        seen |= new
    return False
