"""LinearRegressor."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, numbers, required, shape_of, string
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.operators.base import Operator


class LinearRegressor(Operator):
    """x [N, K] times coefficients [M, K], plus intercepts [M].

    Not in int8, as features of tables have no common range.
    """

    op_type = "LinearRegressor"
    domain = "ai.onnx.ml"

    def unsupported(self, node: ir.Node) -> str | None:
        reason = unsupported_type(node, 0)
        if reason is not None or string(node, "post_transform", "NONE") == "NONE":
            x, targets = shape_of(required(node, 0)), integer(node, "targets", 1)
            if reason is None and len(numbers(node, "coefficients")) != targets * x[-1]:
                return f"it does not have {x[-1]} coefficients for each of {targets} targets"
            return reason
        return "its post_transform is not one of the standard's"
