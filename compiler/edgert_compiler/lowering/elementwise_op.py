"""Base of the elementwise operators: ONNX operators that are one operator of the core, or a few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.graph.types import FLOAT, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.elementwise import output_order
from edgert_compiler.ops.base import Int8, OpLowering
from edgert_compiler.program.ir import Instruction


class Elementwise(OpLowering):
    """Inputs broadcast against the output; the i-th operand is register i.

    Most operators only set `op_type`, `instruction` (the core's name, kernels/elementwise/ops/)
    and, where they take others than float, `types`. Those with attributes override `immediates`.
    `amplifies` marks functions that enlarge quantization errors without bound; they stay in float.
    """

    elementwise = True
    instruction: ClassVar[str]
    types: ClassVar[frozenset[ir.DataType]] = FLOAT
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

    def int8(self, node: ir.Node) -> Int8:
        values = [value for value in (*node.inputs, *node.outputs) if value is not None]
        floats = all(value.dtype == ir.DataType.FLOAT for value in values)
        return Int8.COMPUTE if floats and not self.amplifies else Int8.NONE

    def tabulates(self, node: ir.Node) -> bool:
        return self.int8(node) is Int8.COMPUTE

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        operands = [context.operand(node, index) for index in self.operands(node)]
        value = node.outputs[0]
        order = output_order(shape_of(value), operands)
        output = context.output(value, order, context.output_params(node))
        context.elementwise(operands, output, self.instructions(node))


class Variadic(Elementwise):
    """An associative operator over one or more inputs."""

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        return tuple(
            Instruction(self.instruction, 0, (0, index)) for index in range(1, len(node.inputs))
        )
