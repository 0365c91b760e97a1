"""Sigmoid."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.operators.elementwise.base import Elementwise


class Sigmoid(Elementwise):
    op_type = "Sigmoid"
    instruction = "sigmoid"

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return ()
