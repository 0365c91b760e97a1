"""LayerNormalization whose mean or inverse deviation is read."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.graph.nodes import is_read, optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class LayerNormalizationStatistics(Rule):
    """Its definition, so that the statistics are values of their own.

    y, mean, inverse = LayerNormalization(x, scale, bias)   =>   mean = ReduceMean(x)
                                                                 d = x - mean
                                                                 variance = ReduceMean(d * d)
                                                                 inverse = 1 / Sqrt(variance + eps)
                                                                 y = d * inverse * scale + bias
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"LayerNormalization"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Only where a statistic is read; the operator alone is computed as it is."""
        x = node.inputs[0]
        if x is None or not is_float(x) or not any(map(is_read, node.outputs[1:])):
            return None
        shape = dims(x)
        if shape is None:
            return None
        first = int(node.attributes.get_int("axis", -1)) % len(shape)
        axes = new_constant(np.arange(first, len(shape)), f"{node.name}_axes")
        epsilon = np.array(node.attributes.get_float("epsilon", 1e-5), np.float32)
        mean = emit("ReduceMean", [x, axes], {"keepdims": 1})
        centred = emit("Sub", [x, mean])
        variance = emit("ReduceMean", [emit("Mul", [centred, centred]), axes], {"keepdims": 1})
        raised = emit("Add", [variance, new_constant(epsilon, f"{node.name}_epsilon")])
        inverse = emit("Reciprocal", [emit("Sqrt", [raised])])
        y = emit("Mul", [emit("Mul", [centred, inverse]), node.inputs[1]])
        bias = optional(node, 2)
        if bias is not None:
            y = emit("Add", [y, bias])
        return Rewrite((y, mean, inverse)[: len(node.outputs)])
