"""Slice: SLICE, or STRIDED_SLICE where it takes steps."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers_of
from edgert_compiler.graph.types import unsupported_dynamic
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class Slice(Lowering):
    op_type = "Slice"
    pointwise = True
    quantizes = True

    def unsupported(self, node: ir.Node) -> str | None:
        names = ("", "the starts", "the ends", "the axes", "the steps")
        reasons = (unsupported_dynamic(node, i, names[i]) for i in range(1, len(node.inputs)))
        return next((reason for reason in reasons if reason is not None), None)

    def axes(self, node: ir.Node) -> int:
        return 5

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        ranges = [range(size) for size in x.tensor.shape]
        starts, ends = integers_of(node, 1) or (), integers_of(node, 2) or ()
        axes = integers_of(node, 3) or range(len(starts))
        steps = integers_of(node, 4) or [1] * len(starts)
        for start, end, axis, step in zip(starts, ends, axes, steps):
            place = x.place(axis % len(x.order))
            ranges[place] = ranges[place][slice(start, end, step)]
        target = context.result(node.outputs[0], x.order, x.params)
        begins = context.vector([chosen.start for chosen in ranges])
        if all(chosen.step == 1 for chosen in ranges):
            sizes = context.vector([len(chosen) for chosen in ranges])
            context.emit("SLICE", [x.tensor, begins, sizes], target)
            return
        # An end of -1 means the last element, so a range that goes down to 0 needs the end mask.
        mask = sum(1 << i for i, chosen in enumerate(ranges) if chosen.stop < 0)
        limits = context.vector([max(chosen.stop, 0) for chosen in ranges])
        strides = context.vector([chosen.step for chosen in ranges])
        options = ("StridedSliceOptions", {"end_mask": mask})
        context.emit("STRIDED_SLICE", [x.tensor, begins, limits, strides], target, options)
