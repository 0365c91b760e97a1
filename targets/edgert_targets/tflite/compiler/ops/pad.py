"""Pad: PAD and PADV2 with constants, else a GATHER along each padded axis."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integers_of, optional, string
from edgert_compiler.graph.types import unsupported_dynamic
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Array, Context
from edgert_targets.tflite.compiler.graph import Tensor


class Pad(Lowering):
    """Negative pads crop."""

    op_type = "Pad"
    pointwise = True
    quantizes = True

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_dynamic(node, 1, "pads") or unsupported_dynamic(node, 2, "the value")

    def axes(self, node: ir.Node) -> int:
        return 5

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        source, pads = _cropped(x, _pads(node, x), context)
        target = context.result(node.outputs[0], x.order, x.params)
        mode = string(node, "mode", "constant")
        if not any(map(any, pads)):
            context.store(source, target)
        elif mode == "constant":
            _constant(node, source, pads, target, context)
        else:
            _gather(source, pads, mode, target, context)


def _pads(node: ir.Node, x: Array) -> list[tuple[int, int]]:
    """Before and after, of each axis of the tensor."""
    rank = len(x.order)
    pads = integers_of(node, 1) or (0,) * (2 * rank)
    return [(pads[axis], pads[rank + axis]) for axis in x.order]


def _cropped(
    x: Array, pads: list[tuple[int, int]], context: Context
) -> tuple[Tensor, list[tuple[int, int]]]:
    begins = [max(-begin, 0) for begin, _ in pads]
    sizes = [n - b - max(-end, 0) for n, b, (_, end) in zip(x.tensor.shape, begins, pads)]
    grown = [(max(begin, 0), max(end, 0)) for begin, end in pads]
    if tuple(sizes) == x.tensor.shape:
        return x.tensor, grown
    cropped = context.like(x.tensor, sizes)
    context.emit("SLICE", [x.tensor, context.vector(begins), context.vector(sizes)], cropped)
    return cropped, grown


def _constant(
    node: ir.Node, x: Tensor, pads: list[tuple[int, int]], target: Tensor, context: Context
) -> None:
    amounts = context.constant(np.array(pads, np.int32))
    value = array_of(optional(node, 2))
    if value is None or not value.any():
        context.emit("PAD", [x, amounts], target)
    else:
        filler = context.constant(value.reshape(()).astype(x.dtype))
        context.emit("PADV2", [x, amounts, filler], target)


def _gather(
    x: Tensor, pads: list[tuple[int, int]], mode: str, target: Tensor, context: Context
) -> None:
    padded = [axis for axis, pad in enumerate(pads) if any(pad)]
    for axis in padded:
        positions = np.arange(x.shape[axis], dtype=np.int32)
        indices = np.pad(positions, pads[axis], mode=mode)  # type: ignore[call-overload]
        shape = (*x.shape[:axis], indices.size, *x.shape[axis + 1 :])
        step = target if axis == padded[-1] else context.like(x, shape)
        options = ("GatherOptions", {"axis": axis})
        context.emit("GATHER", [x, context.constant(indices)], step, options)
        x = step
