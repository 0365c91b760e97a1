"""Exp."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.operators.elementwise.base import Elementwise


class Exp(Elementwise):
    op_type = "Exp"
    instruction = "exp"
    amplifies = True

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return ()
