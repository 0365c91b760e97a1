"""Pad."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional, string
from edgert_compiler.graph.types import unsupported_dynamic
from edgert_compiler.operators.base import Operator, QuantizationRole


class Pad(Operator):
    op_type = "Pad"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_dynamic(node, 1, "pads") or unsupported_dynamic(node, 2, "the value")

    def role(self, node: ir.Node) -> QuantizationRole:
        # A value outside the range of x cannot be written in x's parameters; 0 always can.
        keeps_range = pad_mode(node) != "constant" or pad_value(node) == 0
        return QuantizationRole.PRESERVE if keeps_range else QuantizationRole.FLOAT


def pad_mode(node: ir.Node) -> str:
    """Constant, or how elements are repeated."""
    return string(node, "mode", "constant")


def pad_value(node: ir.Node) -> float:
    """What is put around x in mode "constant"."""
    array = array_of(optional(node, 2))
    return 0.0 if array is None else float(array.reshape(-1)[0])
