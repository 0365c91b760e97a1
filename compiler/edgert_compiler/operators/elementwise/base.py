"""Base of the elementwise operators: ONNX operators that are one operator of the core, or a few."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.types import FLOAT, unsupported_type
from edgert_compiler.operators.base import Operator, QuantizationRole


class Elementwise(Operator):
    """Inputs broadcast against the output; the i-th operand is register i.

    Most operators only set `op_type`, `instruction` (the core's name, kernels/elementwise/ops/)
    and, where they take others than float, `types`. Those with attributes override `immediates`.
    `amplifies` marks functions that enlarge quantization errors without bound; they stay in float.
    """

    elementwise = True
    instruction: ClassVar[str]
    types: ClassVar[Set[ir.DataType]] = FLOAT
    amplifies: ClassVar[bool] = False

    def immediates(self, node: ir.Node) -> tuple[float, ...]:
        """The constants of the instruction."""
        return ()

    def operands(self, node: ir.Node) -> Sequence[int]:
        """The indices of the inputs that are loaded into registers."""
        return range(len(node.inputs))

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        """The steps; the last one computes the output."""
        sources = tuple(range(len(self.operands(node))))
        return (Instruction(self.instruction, 0, sources, self.immediates(node)),)

    def unsupported(self, node: ir.Node) -> str | None:
        reasons = (unsupported_type(node, i, self.types) for i in range(len(node.inputs)))
        return next((reason for reason in reasons if reason is not None), None)

    def role(self, node: ir.Node) -> QuantizationRole:
        values = [value for value in (*node.inputs, *node.outputs) if value is not None]
        floats = all(value.dtype == ir.DataType.FLOAT for value in values)
        return QuantizationRole.COMPUTE if floats and not self.amplifies else QuantizationRole.FLOAT

    def tabulates(self, node: ir.Node) -> bool:
        return self.role(node) is QuantizationRole.COMPUTE


class Variadic(Elementwise):
    """An associative operator over one or more inputs."""

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        return tuple(
            Instruction(self.instruction, 0, (0, index)) for index in range(1, len(node.inputs))
        )
