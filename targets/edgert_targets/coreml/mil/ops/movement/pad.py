"""Pad."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integers_of, optional, string
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class Pad(MilOp):
    op_type = "Pad"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        pads, value = integers_of(node, 1), optional(node, 2)
        if pads is None or (value is not None and value.const_value is None):
            return "its pads or its value are not constant"
        if any(pad < 0 for pad in pads):
            return "its pads are negative; use Slice"
        mode = string(node, "mode", "constant")
        if mode not in _MODES:
            return f"mode {mode} has no counterpart in MIL"
        outer = [n for part in (pads[: len(pads) // 2], pads[len(pads) // 2 :]) for n in part[:-2]]
        if mode != "constant" and any(outer):
            return f"mode {mode} pads more than the last two axes, which Core ML cannot"
        return None

    def lower(self, node: ir.Node, context: MilContext) -> None:
        pads = integers_of(node, 1)
        assert pads is not None
        rank = len(pads) // 2
        begin, end = pads[:rank], pads[rank:]
        first = next((axis for axis in range(rank) if begin[axis] or end[axis]), rank - 1)
        pairs = [n for axis in range(first, rank) for n in (begin[axis], end[axis])]
        mode = _MODES[string(node, "mode", "constant")]
        value = array_of(optional(node, 2))
        constant = context.number(0.0 if value is None else float(value.reshape(-1)[0]))
        x = context.input(node, 0)
        context.emit(node.outputs[0], "pad", x=x, pad=pairs, mode=mode, constant_val=constant)


_MODES = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}
