"""Sqrt."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.operators.elementwise.base import Elementwise


class Sqrt(Elementwise):
    op_type = "Sqrt"
    instruction = "sqrt"
    types = FLOAT | DOUBLE
    amplifies = True

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return ()
