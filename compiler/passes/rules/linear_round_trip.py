"""Activations that are rounded to what another type can hold."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert.compiler.nodes import array_of, optional
from edgert.compiler.passes.base import Rewrite, Rule, Stage
from edgert.compiler.passes.granularity import broadcastable, integer_limits, is_plain
from edgert.compiler.passes.graph import dims, emit, is_float, new_constant, producer


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
        scale = node.inputs[1]
        factor = None if quantize is None or scale is None else broadcastable(node, scale)
        if quantize is None or factor is None:
            return None
        zero = _zero_point(node)
        bounds = [
            new_constant(np.float32(limit - zero), f"{node.name}_{side}")
            for side, limit in zip(("lowest", "highest"), _limits(quantize))
        ]
        levels = emit("Round", [emit("Div", [quantize.inputs[0], factor])])
        return Rewrite((emit("Mul", [emit("Clip", [levels, *bounds]), factor]),))


def round_trip(node: ir.Node) -> ir.Node | None:
    """The QuantizeLinear of a round trip that ends in this node; None for anything else."""
    quantize = producer(node.inputs[0], "QuantizeLinear")
    if node.op_type != "DequantizeLinear" or quantize is None or not _is_same(quantize, node):
        return None
    x, integer = quantize.inputs[0], quantize.outputs[0]
    floats = x is not None and is_float(x) and is_float(node.outputs[0])
    if not floats or not _limits(quantize) or is_plain(node, integer, node.outputs[0]):
        return None
    return None if dims(node.inputs[0]) is None or _zero_point(node) is None else quantize


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
        first, second = optional(quantize, index), optional(dequantize, index)
        if first is second:
            continue
        arrays = array_of(first), array_of(second)
        if arrays[0] is None or arrays[1] is None or not np.array_equal(*arrays):
            return False
    if array_of(optional(dequantize, 1)) is None:
        return False
    names = (("axis", 1), ("block_size", 0))
    return all(
        quantize.attributes.get_int(name, default) == dequantize.attributes.get_int(name, default)
        for name, default in names
    )
