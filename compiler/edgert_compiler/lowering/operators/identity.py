"""Identity."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program.ir import Tensor


class Identity(Rearrangement):
    """Another name for the same memory."""

    op_type = "Identity"

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        return x
