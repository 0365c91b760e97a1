"""OneHot and Hardmax as comparisons with 0, 1, 2, ..."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.rules.gather_elements import wrapped


class OneHot(Rule):
    """A position is hot where its number is the index.

    OneHot{axis}(i, n, [off, on])   =>   Where(Equal(wrap(i), [0 ... n - 1]), on, off)
    Hardmax{axis}(x)                =>   Cast(Equal(ArgMax{axis}(x), [0 ... n - 1]))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"OneHot", "Hardmax"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the number of classes is not constant."""
        shape = dims(node.outputs[0])
        x = node.inputs[0]
        if shape is None or x is None or x.dtype is None:
            return None
        axis = int(node.attributes.get_int("axis", -1)) % len(shape)
        if node.op_type == "Hardmax":
            best = emit("ArgMax", [x], {"axis": axis, "keepdims": 1})
            hot = emit("Equal", [best, _positions(node, shape, axis)])
            return Rewrite((emit("Cast", [hot], {"to": int(x.dtype)}),))
        if array_of(node.inputs[1]) is None:
            return Refusal("the depth is not constant")
        if x.dtype != ir.DataType.INT64:
            x = emit("Cast", [x], {"to": int(ir.DataType.INT64)})
        axes = new_constant(np.array([axis], np.int64), f"{node.name}_axis")
        index = emit("Unsqueeze", [wrapped(x, shape[axis], node), axes])
        hot = emit("Equal", [index, _positions(node, shape, axis)])
        sizes = new_constant(np.array([1, 1], np.int64), f"{node.name}_sizes")
        off, on = new_node("Split", [node.inputs[2], sizes], {"axis": 0}, outputs=2).outputs
        return Rewrite((emit("Where", [hot, on, off]),))


def _positions(node: ir.Node, shape: tuple[int, ...], axis: int) -> ir.Value:
    steps = np.arange(shape[axis], dtype=np.int64)
    along = steps.reshape([-1 if a == axis else 1 for a in range(len(shape))])
    return new_constant(along, f"{node.name}_positions")
