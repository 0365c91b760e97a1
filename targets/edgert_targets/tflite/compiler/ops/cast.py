"""Cast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.importer.tflite.schema import tensor_type
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor

_TYPES = ("float32", "int32", "int64", "int8", "uint8", "int16", "bool")


class Cast(Unary):
    op_type = "Cast"
    code = "CAST"
    types = frozenset(ir.DataType.from_numpy(np.dtype(name)) for name in _TYPES)

    def unsupported(self, node: ir.Node) -> str | None:
        if node.outputs[0].dtype not in self.types:
            return f"TFLite converts to {', '.join(_TYPES)}"
        return super().unsupported(node)

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        types = {
            "in_data_type": tensor_type(operands[0].dtype),
            "out_data_type": tensor_type(target.dtype),
        }
        context.emit(self.code, operands, target, ("CastOptions", types))
