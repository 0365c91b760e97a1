"""BatchNormalization as opsets before 14 have it."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import is_read
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class BatchNormSpatial(Rule):
    """Statistics per channel are the only kind since opset 9, per element they are arithmetic.

    BatchNormalization{spatial=1}(x, scale, b, mean, var)
        =>   BatchNormalization(x, scale, b, mean, var)
    BatchNormalization{spatial=0}(x, scale, b, mean, var)
        =>   (x - mean) * (scale / sqrt(var + epsilon)) + b
    y, running_mean, ... = BatchNormalization(x, scale, b, mean, var)
        =>   BatchNormalization{training_mode=1}(x, scale, b, mean, var)

    Before opset 14, further outputs are what tells that it is training.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"BatchNormalization"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where statistics of training are read, or are per element."""
        x, spatial = node.inputs[0], node.attributes.get_int("spatial", 1)
        others, told = node.outputs[1:], "training_mode" in node.attributes
        trains = not told and any(value.name for value in others)
        if x is None or dims(x) is None or not (trains or "spatial" in node.attributes):
            return None
        if trains and (spatial == 0 or any(map(is_read, others))):
            return Refusal("it is in training mode; export the model for inference")
        unread = (None for _ in others)
        if spatial == 0:
            return Rewrite((_per_element(node), *unread))
        kept = {name: a for name, a in node.attributes.items() if name == "epsilon"}
        if trains:
            kept["training_mode"] = ir.AttrInt64("training_mode", 1)
        outputs = 3 if trains else 1
        new = new_node("BatchNormalization", node.inputs, kept, outputs)
        return Rewrite((new.outputs[0], *unread))


def _per_element(node: ir.Node) -> ir.Value:
    make = Composer(node)
    x, scale, bias, mean, variance = (value for value in node.inputs if value is not None)
    epsilon = node.attributes.get_float("epsilon", 1e-5)
    deviation = emit("Sqrt", [make.float32("Add", variance, epsilon)])
    factor = emit("Div", [scale, deviation])
    return emit("Add", [emit("Mul", [emit("Sub", [x, mean]), factor]), bias])
