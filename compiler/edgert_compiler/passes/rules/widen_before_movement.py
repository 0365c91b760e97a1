"""Data movement of narrow floats between operators that compute in float32."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.linear import single
from edgert_compiler.graph.matching import is_float
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.movement import converted_before, movement, stems_from


class WidenBeforeMovement(Rule):
    """Narrow floats that were computed in float32 are moved as such.

    Cast{float32}(Transpose(Cast{float16}(x)))   =>   Transpose(Cast{float32}(Cast{float16}(x)))

    `drop_narrowing` takes the pair of conversions away.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Cast"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where everything that is moved was float32."""
        x = node.inputs[0]
        if x is None or not is_float(node.outputs[0]) or movement(x) is None:
            return None
        if not stems_from(x, _narrows):
            return None
        return Rewrite((converted_before(x, single),))


def _narrows(node: ir.Node) -> bool:
    narrow = node.outputs[0].dtype in (ir.DataType.FLOAT16, ir.DataType.BFLOAT16)
    return node.op_type == "Cast" and narrow and is_float(node.inputs[0])  # type: ignore[arg-type]
