"""Min: in int8 of operands that share parameters, as TFLite compares them as they are."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import NUMERIC
from edgert_compiler.operators.base import QuantizationRole
from edgert_targets.tflite.compiler.elementwise import Elementwise


class Min(Elementwise):
    op_type = "Min"
    code = "MINIMUM"
    ranks = 6
    variadic = True
    types = NUMERIC

    def role(self, node: ir.Node, own: QuantizationRole) -> QuantizationRole:
        return QuantizationRole.UNIFY if own is QuantizationRole.COMPUTE else own
