"""Convolutions and pools: every attribute explicit."""

from __future__ import annotations

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.building import new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integers
from edgert_compiler.passes.base import Rewrite, Rule, Stage

_SAME = ("SAME_UPPER", "SAME_LOWER")


class WindowAttributes(Rule):
    """kernel_shape, strides, dilations and pads are written out; auto_pad is resolved.

        MaxPool{kernel_shape=[3, 3], strides=[2, 2], auto_pad=SAME_UPPER}(x[1, 8, 8, 8])
            =>   MaxPool{kernel_shape=[3, 3], strides=[2, 2], dilations=[1, 1],
                         pads=[0, 0, 1, 1]}(x)

    SAME pads to an output of ceil(input / stride); SAME_UPPER puts the odd one at the end.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Conv", "MaxPool", "AveragePool", "LpPool"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible where the shapes are known."""
        x = node.inputs[0]
        shape = dims(x) if x is not None else None
        kernel = _kernel(node)
        if shape is None or kernel is None:
            return None
        rank = len(kernel)
        strides = integers(node, "strides", (1,) * rank)
        dilations = integers(node, "dilations", (1,) * rank)
        pads = _pads(node, shape[2:], kernel, strides, dilations)
        wanted = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "pads": pads}
        explicit = all(integers(node, name, ()) == value for name, value in wanted.items())
        if explicit and "auto_pad" not in node.attributes:
            return None
        kept = {
            name: attribute
            for name, attribute in node.attributes.items()
            if name not in (*wanted, "auto_pad")
        }
        new = new_node(node.op_type, node.inputs, {**kept, **wanted}, len(node.outputs))
        return Rewrite(tuple(new.outputs))


def _kernel(node: ir.Node) -> tuple[int, ...] | None:
    if "kernel_shape" in node.attributes:
        return integers(node, "kernel_shape")
    weights = node.inputs[1] if len(node.inputs) > 1 else None
    shape = dims(weights) if weights is not None else None
    return shape[2:] if shape is not None else None


def _pads(
    node: ir.Node,
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
) -> tuple[int, ...]:
    mode = node.attributes.get_string("auto_pad", "NOTSET")
    if mode == "NOTSET":
        return integers(node, "pads", (0,) * (2 * len(kernel)))
    if mode == "VALID":
        return (0,) * (2 * len(kernel))
    if mode not in _SAME:
        raise CompileError(f"node '{node.name}' ({node.op_type}): auto_pad '{mode}' is unknown")
    totals = [
        max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        for n, k, s, d in zip(size, kernel, strides, dilations)
    ]
    small = [total // 2 for total in totals]
    large = [total - half for total, half in zip(totals, small)]
    return tuple(small + large if mode == "SAME_UPPER" else large + small)
