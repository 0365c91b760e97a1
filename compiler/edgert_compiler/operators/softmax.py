"""Softmax."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class Softmax(Operator):
    op_type = "Softmax"
    types = FLOAT

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return ()
