"""Optional values of which it is known whether they are there."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import new_constant
from edgert_compiler.graph.matching import producer
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class OptionalElement(Rule):
    """What was put into an optional value is there, a tensor or sequence is always.

    OptionalGetElement(Optional(x))   =>   x
    OptionalGetElement(x)             =>   x
    OptionalHasElement(Optional(x))   =>   true
    OptionalHasElement(Optional())    =>   false
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"OptionalGetElement", "OptionalHasElement"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where only a run knows, and where an element is read that is not there."""
        given = optional(node, 0)
        if given is not None and (given.type is None or isinstance(given.type, ir.OptionalType)):
            source = producer(given, "Optional")
            if source is None:
                return Refusal("whether the value is there is not known")
            given = optional(source, 0)
        if node.op_type == "OptionalHasElement":
            there = np.array(given is not None)
            return Rewrite((new_constant(there, f"{node.name}_there"),))
        return Refusal("the value is not there") if given is None else Rewrite((given,))
