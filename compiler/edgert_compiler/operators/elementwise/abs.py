"""Abs."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Abs(Elementwise):
    op_type = "Abs"
    instruction = "abs"
    types = NUMERIC | DOUBLE

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return ()
