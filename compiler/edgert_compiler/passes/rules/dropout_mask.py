"""Dropout that drops nothing, with a mask or a ratio of 0."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, scalar
from edgert_compiler.graph.nodes import array_of, is_read, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class DropoutMask(Rule):
    """Nothing is dropped.

    y, mask = Dropout(x)   =>   y = Identity(x)
                                mask = Expand(true, shape of x)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Dropout"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused in training, unless the ratio is 0."""
        x, training = node.inputs[0], optional(node, 2)
        shape = None if x is None else dims(x)
        masked = len(node.outputs) > 1 and is_read(node.outputs[1])
        if shape is None or not (masked or training is not None):
            return None
        drops = training is not None and (array_of(training) is None or scalar(training) != 0)
        if drops and scalar(optional(node, 1)) != 0:
            return Refusal("it is in training mode")
        target = new_constant(np.array(shape, np.int64), f"{node.name}_shape")
        true = new_constant(np.array(True), f"{node.name}_true")
        y, mask = emit("Identity", [x]), emit("Expand", [true, target])
        return Rewrite((y, mask)[: len(node.outputs)])
