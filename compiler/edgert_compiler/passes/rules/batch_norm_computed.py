"""BatchNormalization with statistics that are computed."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class BatchNormComputed(Rule):
    """Elementary operators, where rule batch_norm has no constants to compute with.

    BatchNormalization(x, scale, b, mean, var)
        =>   (x - mean) * (scale / sqrt(var + epsilon)) + b
    BatchNormalization{training_mode=1}(x, scale, b, mean, var)
        =>   the same with the mean and variance of x; and each of the given ones, times the
             momentum, plus the computed one times 1 - momentum
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"BatchNormalization"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """For float32 of known shape, with statistics per channel."""
        x, scale, bias, mean, variance = node.inputs
        shape = None if x is None else dims(x)
        training = bool(node.attributes.get_int("training_mode", 0))
        if x is None or shape is None or not is_float(x) or len(shape) < 2:
            return None
        if node.attributes.get_int("spatial", 1) != 1:
            return None
        given = [value for value in (scale, bias, mean, variance) if value is not None]
        if len(given) < 4 or not (training or any(array_of(v) is None for v in given)):
            return None
        if not training and len(node.outputs) > 1:
            return None
        make = Composer(node)
        spread = (shape[1], *(1 for _ in shape[2:]))
        wide = [make.reshape(value, spread) for value in given]
        running: list[ir.Value] = []
        if training:
            axes = [0, *range(2, len(shape))]
            center = make.reduce("ReduceMean", x, axes, keep=True)
            away = emit("Sub", [x, center])
            power = make.reduce("ReduceMean", emit("Mul", [away, away]), axes, keep=True)
            running = [
                _moved(node, old, make.reshape(new, shape[1:2]))
                for old, new in zip(given[2:], (center, power))
            ]
        else:
            center, power = wide[2:]
            away = emit("Sub", [x, center])
        epsilon = node.attributes.get_float("epsilon", 1e-5)
        deviation = emit("Sqrt", [make.float32("Add", power, epsilon)])
        scaled = emit("Mul", [away, emit("Div", [wide[0], deviation])])
        results = [emit("Add", [scaled, wide[1]]), *running]
        return Rewrite(tuple(results[: len(node.outputs)]))


def _moved(node: ir.Node, old: ir.Value, new: ir.Value) -> ir.Value:
    """The running statistic after this batch."""
    make = Composer(node)
    momentum = node.attributes.get_float("momentum", 0.9)
    kept = make.float32("Mul", old, momentum)
    return emit("Add", [kept, make.float32("Mul", new, 1 - momentum)])
