"""float32 that becomes a narrow float and float32 again."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import is_float, producer
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage, bypass

_NARROW = (ir.DataType.FLOAT16, ir.DataType.BFLOAT16)


class DropNarrowing(Rule):
    """Narrow floats are a way to store numbers; between operators float32 stays what it is.

    Cast{float32}(Cast{float16}(x: float32))   =>   x

    So a float16 model computes like a float32 model, with the same fusions, and keeps the types of
    its inputs and outputs. Results are closer to the exact ones than float16 arithmetic's.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Cast"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where the result gives a graph output its name."""
        inner = producer(node.inputs[0], "Cast")
        if inner is None or not is_float(node.outputs[0]) or inner.outputs[0].dtype not in _NARROW:
            return None
        x = inner.inputs[0]
        return bypass(node, x) if x is not None and is_float(x) else None
