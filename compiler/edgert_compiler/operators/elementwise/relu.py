"""Relu."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Relu(Elementwise):
    op_type = "Relu"
    instruction = "relu"
    types = NUMERIC | DOUBLE

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return ()
