"""What the compiler knows about one ONNX operator, in one class in one file.

A file in this folder (or a subfolder) that defines a subclass of `Operator` is all there is to add
for what an operator is; `registry.py` finds it. How it becomes kernel calls is said beside it, in
`lowering/operators/`; an elementwise operator needs nothing there.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence, Set
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.types import unsupported_type


class QuantizationRole(enum.Enum):
    """How an operator takes part in quantization."""

    FLOAT = "computes in float"
    COMPUTE = "int8 in, int8 out, the output has a range of its own"
    PRESERVE = "moves or selects values: the output has the scale and zero point of the data input"
    DYNAMIC = "int8 weights meet activations that are quantized while it runs: float in and out"
    UNIFY = "like PRESERVE over several data inputs, which must agree on scale and zero point"

    @property
    def reads_int8(self) -> bool:
        """Whether data inputs are int8 where the plan says so."""
        return self not in (QuantizationRole.FLOAT, QuantizationRole.DYNAMIC)


class Operator:
    """Support check, shapes and part in quantization of one operator."""

    op_type: ClassVar[str]
    domain: ClassVar[str] = ""
    elementwise: ClassVar[bool] = False
    """Whether each element of the output depends on those that broadcast to its place alone."""
    types: ClassVar[Set[ir.DataType] | None] = None
    """Element types of the first input that are computed; None for all."""

    def unsupported(self, node: ir.Node) -> str | None:
        """Why this node cannot be computed, or None where it can. Shapes and types are known."""
        return None if self.types is None else unsupported_type(node, 0, self.types)

    def unknown_shape(self, node: ir.Node, index: int) -> str | None:
        """Why the shape of output `index` is not known though those of the inputs are.

        None where it depends on computed sizes alone; `hints.size_reason` tells about these.
        """
        return None

    def infer(self, node: ir.Node) -> list[tuple[ir.DataType, tuple[int, ...]]] | None:
        """Type and shape of each output of an operator of domain edgert.

        None where its inputs' are not known, or where the output has those of what it replaces.
        """
        return None

    def role(self, node: ir.Node) -> QuantizationRole:
        """How this node takes part in quantization."""
        return QuantizationRole.FLOAT

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None] | None:
        """Inputs: where they have no negative elements, the output has none.

        Empty where it never has any, None where it may in any case.
        """
        return None

    def tabulates(self, node: ir.Node) -> bool:
        """Whether it may be a part of arithmetic that int8 computes as one table of 256 results."""
        return False

    def weight_input(self, node: ir.Node) -> int | None:
        """Index of the constant input that is quantized per output channel, if there is one."""
        return None

    def weight_axis(self, node: ir.Node) -> int:
        """Axis of the weight input that runs over output channels, negative from the end."""
        return 0
