"""Repeating a tensor to a shape, for operations that do not broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.types import converted


def broadcast(context: MilContext, value: ir.Value, shape: tuple[int, ...]) -> Any:
    """The variable of a value, or its numbers where it is constant, with this shape."""
    array = array_of(value)
    if array is not None:
        return converted(np.broadcast_to(array, shape), context.float_type)
    x, source = context.operand(value), shape_of(value)
    missing = len(shape) - len(source)
    if missing:
        x = context.make("expand_dims", x=x, axes=tuple(range(missing)))
    padded = (1,) * missing + source
    repeats = tuple(wanted // given for wanted, given in zip(shape, padded))
    return x if padded == shape else context.make("tile", x=x, reps=repeats)
