"""GroupNormalization from its parts."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, is_float, only_use, producer
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class GroupNormalizationFromParts(Rule):
    """InstanceNormalization of groups of channels, as exporters without GroupNormalization write.

    x[n, c, ...] ── Reshape[n, g, k] ── InstanceNormalization ── Reshape[n, c, ...]

    =>   x ── GroupNormalization{num_groups=g}
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Reshape"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where the grouped values are read elsewhere."""
        norm = producer(node.inputs[0], "InstanceNormalization")
        grouping = producer(norm.inputs[0], "Reshape") if norm is not None else None
        x = grouping.inputs[0] if grouping is not None else None
        if norm is None or grouping is None or x is None or not is_float(x):
            return None
        shape, grouped = dims(x), dims(norm.outputs[0])
        if shape is None or grouped is None or len(shape) < 3 or shape != dims(node.outputs[0]):
            return None
        groups = grouped[1]
        if grouped[0] != shape[0] or shape[1] % groups or groups == shape[1]:
            return None
        factors = [array_of(value) for value in norm.inputs[1:3]]
        if not all(only_use(value) for value in (norm.outputs[0], grouping.outputs[0])):
            return Refusal("the grouped values are read elsewhere")
        per_channel = [
            new_constant(np.repeat(factor, shape[1] // groups), f"{node.name}_{name}")
            for factor, name in zip(factors, ("scale", "bias"))
            if factor is not None
        ]
        if len(per_channel) < 2:
            return None
        epsilon = norm.attributes.get_float("epsilon", 1e-5)
        attributes = {"num_groups": groups, "epsilon": epsilon}
        return Rewrite((emit("GroupNormalization", [x, *per_channel], attributes),))
