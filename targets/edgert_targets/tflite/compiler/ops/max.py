"""Max: in int8 of operands that share parameters, as TFLite compares them as they are."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import NUMERIC
from edgert_compiler.ops.base import Int8
from edgert_targets.tflite.compiler.elementwise import Elementwise


class Max(Elementwise):
    op_type = "Max"
    code = "MAXIMUM"
    ranks = 6
    variadic = True
    types = NUMERIC

    def int8(self, node: ir.Node, own: Int8) -> Int8:
        return Int8.UNIFY if own is Int8.COMPUTE else own
