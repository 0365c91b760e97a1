"""Pad before a convolution or pool."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.fused import FUSED_CONV
from edgert_compiler.graph.matching import dims, only_use, op_id, producer, scalar
from edgert_compiler.graph.nodes import array_of, integers, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.nonnegative import is_nonnegative
from edgert_compiler.passes.products import rebuilt


class PadIntoWindow(Rule):
    """The window pads by itself.

    x ── Pad(1) ── edgert.Conv{pads=0}                   =>   x ── edgert.Conv{pads=1}
    x ── Pad(1) ── AveragePool{pads=0}                   =>   x ── AveragePool{pads=1,
                                                                     count_include_pad=1}
    x ── Pad(1, value=-inf) ── MaxPool{pads=0}           =>   x ── MaxPool{pads=1}
    x >= 0 ── Pad(1, value=0) ── MaxPool{pads=0}         =>   x ── MaxPool{pads=1}
    """

    stage = Stage.FUSE
    ops = frozenset({FUSED_CONV, "MaxPool", "AveragePool"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses other values and modes, padded channels, and negative amounts."""
        pad = producer(node.inputs[0], "Pad")
        if pad is None or pad.inputs[0] is None or len(node.outputs) > 1:
            return None
        amounts = array_of(pad.inputs[1])
        rank = len(dims(pad.outputs[0]) or ())
        if amounts is None or amounts.size != 2 * rank:
            return Refusal("the amounts are computed while running")
        begin, end = amounts[:rank].tolist(), amounts[rank:].tolist()
        problem = _pad_problem(node, pad, begin, end)
        if problem is not None:
            return Refusal(problem)
        own = integers(node, "pads")
        pads = [a + b for a, b in zip(own, (*begin[2:], *end[2:]))]
        changes: dict[str, object] = {"pads": pads}
        if node.op_type == "AveragePool":
            changes["count_include_pad"] = 1
        return Rewrite((rebuilt(node, [pad.inputs[0], *node.inputs[1:]], changes),))


def _pad_problem(node: ir.Node, pad: ir.Node, begin: list[int], end: list[int]) -> str | None:
    if not only_use(pad.outputs[0]):
        return "the padded value is read elsewhere"
    if pad.attributes.get_string("mode", "constant") != "constant":
        return "it pads with values of the image"
    if any((*begin[:2], *end[:2])) or min((*begin, *end)) < 0:
        return "it pads channels or crops"
    if node.attributes.get_int("ceil_mode", 0):
        return "the output's size is rounded up"
    value = optional(pad, 2)
    fill = 0.0 if value is None else scalar(value)
    if op_id(node) == "MaxPool":
        return _max_problem(node, pad, fill, begin, end)
    if fill != 0:
        return "it does not pad with zeros"
    if node.op_type == "AveragePool" and any(integers(node, "pads")):
        return None if node.attributes.get_int("count_include_pad", 0) else "it pads twice"
    return None


def _max_problem(
    node: ir.Node, pad: ir.Node, fill: float | None, begin: list[int], end: list[int]
) -> str | None:
    """Padding must never win, and every window must see a value."""
    if any(integers(node, "pads")):
        return "it pads twice"
    kernel = integers(node, "kernel_shape")
    reach = [(k - 1) * d for k, d in zip(kernel, integers(node, "dilations", (1,) * len(kernel)))]
    wide = any(p > r for p, r in zip((*begin[2:], *end[2:]), (*reach, *reach)))
    if wide or any(d > 1 for d in integers(node, "dilations")):
        return "a window may see padding alone"
    if fill is not None and fill <= float(np.finfo(np.float32).min):
        return None
    source = pad.inputs[0]
    if fill == 0 and source is not None and is_nonnegative(source):
        return None
    return "the padding may exceed the values"
