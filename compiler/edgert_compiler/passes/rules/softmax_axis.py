"""Softmax, LogSoftmax, Hardmax: one explicit axis."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class SoftmaxAxis(Rule):
    """The axis is explicit and not negative; before opset 13 all axes from it on are one.

    Softmax-11{axis=1}(x[1, 3, 4])   =>   Reshape[1, 12] ── Softmax{axis=1} ── Reshape[1, 3, 4]
    Softmax-13{axis=-1}(x[1, 10])    =>   Softmax{axis=1}(x)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Softmax", "LogSoftmax", "Hardmax"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible where the shape is known."""
        x = node.inputs[0]
        shape = dims(x) if x is not None else None
        if x is None or not shape:
            return None
        flattens = (node.version or 13) < 13
        given = node.attributes.get_int("axis", 1 if flattens else -1)
        axis = given % len(shape)
        if flattens and math.prod(shape[axis:]) != max(shape[axis:], default=1):
            return Rewrite((_flattened(node, x, shape, axis),))
        if flattens:
            axis += int(np.argmax(shape[axis:]))
        if not flattens and node.attributes.get_int("axis", -1) == axis:
            return None
        return Rewrite((emit(node.op_type, [x], {"axis": axis}),))


def _flattened(node: ir.Node, x: ir.Value, shape: tuple[int, ...], axis: int) -> ir.Value:
    rows = np.array([math.prod(shape[:axis]), math.prod(shape[axis:])], np.int64)
    back = np.array(shape, np.int64)
    flat = emit("Reshape", [x, new_constant(rows, f"{node.name}_rows")])
    result = emit(node.op_type, [flat], {"axis": 1})
    return emit("Reshape", [result, new_constant(back, f"{node.name}_shape")])
