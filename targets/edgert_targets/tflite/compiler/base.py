"""What the TFLite target knows about one ONNX operator, in one class in one file.

A file in `ops/` that defines a subclass of `Lowering` is all there is to add for an operator.
"""

from __future__ import annotations

import abc
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.operators.base import QuantizationRole
from edgert_targets.tflite.compiler.context import Context


class Lowering(abc.ABC):
    """Support check, part in quantization and lowering of one operator.

    Attributes:
        spatial: it computes on channels-last images.
        pointwise: it takes its data input in any axis order.
        quantizes: TFLite has it in int8, with the part that edgert's own kernels take.
    """

    op_type: ClassVar[str]
    domain: ClassVar[str] = ""
    spatial: ClassVar[bool] = False
    pointwise: ClassVar[bool] = False
    quantizes: ClassVar[bool] = False

    def unsupported(self, node: ir.Node) -> str | None:
        """Why this node cannot be lowered, or None where it can. Shapes and types are known."""
        return None

    def role(self, node: ir.Node, own: QuantizationRole) -> QuantizationRole:
        """How the node takes part in quantization; `own`: with edgert's own kernels."""
        return own if self.quantizes else QuantizationRole.FLOAT

    def axes(self, node: ir.Node) -> int:
        """How many axes an input or output may have."""
        return 6

    @abc.abstractmethod
    def lower(self, node: ir.Node, context: Context) -> None:
        """Emits the operators that compute the node's outputs."""
