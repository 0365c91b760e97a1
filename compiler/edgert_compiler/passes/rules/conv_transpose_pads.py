"""ConvTranspose: explicit padding."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integers
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class ConvTransposePads(Rule):
    """auto_pad and output_shape become pads and output_padding; all attributes are written out.

        ConvTranspose{strides=[2, 2], output_shape=[8, 8]}(x[1, 4, 4, 4], w[4, 4, 3, 3])
            =>   ConvTranspose{strides=[2, 2], pads=[0, 0, 1, 1], output_padding=[0, 0], ...}

    ``total = stride * (in - 1) + output_padding + (kernel - 1) * dilation + 1 - out``; SAME_UPPER
    puts the odd one at the end, everything else at the start (ONNX operator specification). A
    negative total, an output larger than what the taps reach, is output padding.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ConvTranspose"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible where the shapes are known."""
        x, w = node.inputs[:2]
        size, weights, out = (dims(v) if v is not None else None for v in (x, w, node.outputs[0]))
        if size is None or weights is None or out is None:
            return None
        kernel, rank = weights[2:], len(weights) - 2
        wanted = {
            "kernel_shape": kernel,
            "strides": integers(node, "strides", (1,) * rank),
            "dilations": integers(node, "dilations", (1,) * rank),
            "output_padding": integers(node, "output_padding", (0,) * rank),
            "pads": integers(node, "pads", (0,) * (2 * rank)),
        }
        mode = node.attributes.get_string("auto_pad", "NOTSET")
        if mode != "NOTSET" or "output_shape" in node.attributes:
            wanted["pads"], wanted["output_padding"] = _resolve(wanted, size[2:], out[2:], mode)
        explicit = all(integers(node, name, ()) == value for name, value in wanted.items())
        if explicit and not {"auto_pad", "output_shape"} & set(node.attributes):
            return None
        attributes: dict[str, object] = {**wanted, "group": node.attributes.get_int("group", 1)}
        return Rewrite(tuple(new_node("ConvTranspose", node.inputs, attributes).outputs))


def _resolve(
    known: dict[str, tuple[int, ...]], size: tuple[int, ...], out: tuple[int, ...], mode: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    reach = [
        s * (n - 1) + extra + (k - 1) * d + 1
        for n, s, extra, k, d in zip(
            size,
            known["strides"],
            known["output_padding"],
            known["kernel_shape"],
            known["dilations"],
        )
    ]
    totals = [max(full - n, 0) for full, n in zip(reach, out)]
    padding = tuple(
        extra + max(n - full, 0) for extra, full, n in zip(known["output_padding"], reach, out)
    )
    small = [total // 2 for total in totals]
    large = [total - half for total, half in zip(totals, small)]
    return tuple(small + large if mode == "SAME_UPPER" else large + small), padding
