"""What the Core ML target knows about one ONNX operator, in one class in one file.

A file in this folder (or a subfolder) that defines a subclass of `MilOp` is all there is to add for
an operator. Nodes arrive as passes/__init__.py describes them, with fused operators taken apart and
quantization written out as QuantizeLinear and DequantizeLinear.
"""

from __future__ import annotations

import abc
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import optional
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.types import Kind, kind_of


class MilOp(abc.ABC):
    """Support check and lowering of one operator.

    Attributes:
        kinds: what the data may be. MIL computes in floats and int32.
        data: index of the input that is the data.
        operands: how many inputs are tensors of the program; those behind are parameters.
    """

    op_type: ClassVar[str]
    domain: ClassVar[str] = ""
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.FLOAT})
    data: ClassVar[int] = 0
    operands: ClassVar[int | None] = None

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        """Why MIL as of this iOS version cannot express the node, or None where it can."""
        return None

    def unsupported_kind(self, node: ir.Node) -> str | None:
        """Why the elements of the data are not of a type that MIL's operator takes."""
        value = optional(node, self.data)
        if value is None or kind_of(value.dtype) in self.kinds:
            return None
        wanted = " or ".join(sorted(kind.value for kind in self.kinds))
        assert value.dtype is not None
        return f"its data is {value.dtype.name.lower()}; Core ML takes {wanted} here"

    def wide(self, node: ir.Node, context: MilContext) -> bool:
        """Whether the node computes in float32 also in a half precision program."""
        return False

    @abc.abstractmethod
    def lower(self, node: ir.Node, context: MilContext) -> None:
        """Emits the operations that compute the node's outputs."""
