"""Shape and Size of values whose size depends on data."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.bounds import known_bounds
from edgert_compiler.passes.compose import Composer


class BoundedShape(Rule):
    """Counts take the place of the dimensions that they count.

    Shape(x[n, 4])   =>   Concat(n, [4])
    Size(x[n, 4])    =>   ReduceProd(Concat(n, [4]))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Shape", "Size"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where a dimension has a bound; all others are constant."""
        x, new = node.inputs[0], Composer(node)
        bounds, shape = known_bounds(x), None if x is None else dims(x)
        if not bounds or shape is None:
            return None
        sizes = [bounds[a] if a in bounds else new.ints([d]) for a, d in enumerate(shape)]
        sizes = [new.reshape(size, [1]) if size in bounds.values() else size for size in sizes]
        if node.op_type == "Size":
            whole = emit("Concat", sizes, {"axis": 0})
            return Rewrite((emit("ReduceProd", [whole, new.ints([0])], {"keepdims": 0}),))
        start = node.attributes.get_int("start", 0)
        chosen = sizes[slice(start, node.attributes.get_int("end", len(sizes)))]
        return Rewrite((emit("Concat", chosen, {"axis": 0}),)) if chosen else None
