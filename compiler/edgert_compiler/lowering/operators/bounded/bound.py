"""Bound and Unbound: what is said of an axis, not computed."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program.ir import Tensor


class Bound(Rearrangement):
    """What is said of an axis needs no computation."""

    op_type = "Bound"
    domain = DOMAIN

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        return x


class Unbound(Bound):
    op_type = "Unbound"
