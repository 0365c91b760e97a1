"""Pad."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import integers_of, rank_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.operators.pad import pad_mode, pad_value
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Pad(Lowering):
    """Constant: fill, then copy into the middle. Other modes: a gather along each padded axis."""

    op_type = "Pad"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.operand(node)
        pads = _pads(node)
        cropped = x
        for axis, (begin, end) in enumerate(pads):
            start, stop = max(-begin, 0), x.shape[axis] - max(-end, 0)
            cropped = layout.narrow(cropped, axis, start, stop - start)
        grown = [(max(begin, 0), max(end, 0)) for begin, end in pads]
        if pad_mode(node) == "constant":
            _surround(node, cropped, grown, context)
        else:
            context.bind(node.outputs[0], _repeat(node, cropped, grown, context))


def fill_bits(element: np.ndarray) -> tuple[int, int]:
    """Parameter `value_bits` of kernel `fill`: the bytes of one element as two words."""
    raw = element.reshape(1).view(np.uint8)
    words = np.concatenate([raw, np.zeros(8 - raw.size, np.uint8)]).view("<i4")
    return int(words[0]), int(words[1])


def _pads(node: ir.Node) -> list[tuple[int, int]]:
    value = node.inputs[0]
    assert value is not None
    rank = rank_of(value)
    pads = integers_of(node, 1) or (0,) * (2 * rank)
    return list(zip(pads[:rank], pads[rank:]))


def _surround(
    node: ir.Node, x: Tensor, pads: list[tuple[int, int]], context: LoweringContext
) -> None:
    order = layout.order_of(x)
    output = context.output_like(node.outputs[0], x, order)
    element = np.asarray(pad_value(node), x.dtype.numpy)
    if x.quantization is not None:
        element = np.asarray(x.quantization.zero_point, np.int8)
    filled = layout.transpose(output, order)
    context.emit("fill", [], [filled], {"value_bits": fill_bits(element)})
    middle = output
    for axis, (begin, _) in enumerate(pads):
        middle = layout.narrow(middle, axis, begin, x.shape[axis])
    context.convert(x, middle)


def _repeat(
    node: ir.Node, x: Tensor, pads: list[tuple[int, int]], context: LoweringContext
) -> Tensor:
    for axis, pad in enumerate(pads):
        if pad == (0, 0):
            continue
        source = context.dense(x)
        positions = np.arange(x.shape[axis], dtype=np.int32)
        indices = np.pad(positions, pad, mode=pad_mode(node))  # type: ignore[call-overload]
        shape = list(x.shape)
        shape[axis] = indices.size
        order = layout.order_of(source)
        x = layout.allocate(x.dtype, shape, order, x.name, x.quantization)
        context.emit(
            "gather",
            [layout.around(source, axis), context.constant(indices)],
            [layout.around(x, axis, order)],
        )
    return x
