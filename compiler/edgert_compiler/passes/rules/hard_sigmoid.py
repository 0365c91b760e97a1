"""HardSigmoid from its parts."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import (
    constant_factor,
    constant_operand,
    dims,
    only_use,
    producer,
    scalar,
)
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.rules.merge_clips import bounds


class HardSigmoidFromParts(Rule):
    """A shifted, clipped and scaled value is HardSigmoid where it ends in [0, 1].

    x ── Add(3) ── Clip(0, 6) ── Mul(1/6)   =>   x ── HardSigmoid{alpha=1/6, beta=0.5}
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Mul", "Div"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where the clipped value is read elsewhere."""
        parts = shifted_clip(node)
        if parts is None:
            return None
        x, shift, limit, clipped = parts
        found = constant_factor(node)
        factor = float(found[1].reshape(-1)[0]) if found is not None and found[1].size == 1 else 0.0
        if not np.isclose(factor * limit, 1, rtol=1e-6):
            return None
        if not only_use(clipped):
            return Refusal("the clipped value is read elsewhere")
        attributes: dict[str, object] = {"alpha": factor, "beta": shift * factor}
        return Rewrite((emit("HardSigmoid", [x], attributes),))


def shifted_clip(node: ir.Node) -> tuple[ir.Value, float, float, ir.Value] | None:
    """For an operand Clip(x + shift, 0, limit): (x, shift, limit, the clipped value)."""
    for clipped in node.inputs:
        clip = producer(clipped, "Clip")
        limits = bounds(clip) if clip is not None else None
        if clipped is None or limits is None or limits[1] != 0 or not np.isfinite(limits[2]):
            continue
        add = producer(limits[0], "Add")
        found = constant_operand(add) if add is not None else None
        shift = scalar(add.inputs[found[2]]) if add is not None and found is not None else None
        if found is not None and shift is not None and dims(found[0]) == dims(clipped):
            return found[0], shift, limits[2], clipped
    return None
