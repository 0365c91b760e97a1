"""Activations that are rounded to what another type can hold."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.granularity import broadcastable, integer_limits, is_plain
from edgert_compiler.graph.matching import dims, is_float, producer
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class LinearRoundTrip(Rule):
    """Rounding and saturation, without integers in between.

    DequantizeLinear(QuantizeLinear(x, s, z), s, z)
        =>   Mul(Clip(Round(Div(x, s)), lowest - z, highest - z), s)

    Where the import of Q/DQ models left them. For scales of any granularity, with zero points of
    one value.
    """

    stage = Stage.FUSE  # products keep the weights that the model gives them
    ops = frozenset({"DequantizeLinear"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the parameters are the same constants, and no kernel converts."""
        quantize = round_trip(node)
        scale, zero = node.inputs[1], _zero_point(node)
        if quantize is None or scale is None or zero is None:
            return None
        factor = broadcastable(node, scale)
        if factor is None:
            return None
        bounds = [
            new_constant(np.float32(limit - zero), f"{node.name}_{side}")
            for side, limit in zip(("lowest", "highest"), _limits(quantize))
        ]
        levels = emit("Round", [emit("Div", [quantize.inputs[0], factor])])
        return Rewrite((emit("Mul", [emit("Clip", [levels, *bounds]), factor]),))


def round_trip(node: ir.Node) -> ir.Node | None:
    """The QuantizeLinear of a round trip that ends in this node; None for anything else."""
    source = node.inputs[0]
    quantize = producer(source, "QuantizeLinear")
    if node.op_type != "DequantizeLinear" or source is None or quantize is None:
        return None
    x = quantize.inputs[0]
    floats = x is not None and is_float(x) and is_float(node.outputs[0])
    if not floats or dims(source) is None or not _is_same(quantize, node):
        return None
    rounds = _limits(quantize) and not is_plain(node, source, node.outputs[0])
    return quantize if rounds and _zero_point(node) is not None else None


def _limits(quantize: ir.Node) -> tuple[int, ...]:
    dtype = quantize.outputs[0].dtype
    return () if dtype is None else integer_limits(dtype) or ()


def _zero_point(node: ir.Node) -> int | None:
    """The one zero point, 0 where there is none; None where there are several."""
    array = array_of(optional(node, 2))
    zeros = {0} if array is None else set(array.reshape(-1).tolist())
    return int(zeros.pop()) if len(zeros) == 1 else None


def _is_same(quantize: ir.Node, dequantize: ir.Node) -> bool:
    """Whether two nodes have the same constant parameters, of the same axis and blocks."""
    for index in (1, 2):
        values = optional(quantize, index), optional(dequantize, index)
        first, second = map(array_of, values)
        both = first is not None and second is not None and np.array_equal(first, second)
        if not both and (index == 1 or values != (None, None)):
            return False
    names = (("axis", 1), ("block_size", 0))
    return all(
        quantize.attributes.get_int(name, default) == dequantize.attributes.get_int(name, default)
        for name, default in names
    )
