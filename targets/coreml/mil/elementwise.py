"""Bases of the operators that compute element by element."""

from __future__ import annotations

import abc
from typing import ClassVar

import onnx_ir as ir

from edgert.compiler.lowering.attributes import required
from edgert.compiler.passes.graph import constant_operand
from edgert.targets.coreml.mil.context import MilContext
from edgert.targets.coreml.mil.ops.base import MilOp
from edgert.targets.coreml.mil.types import NUMBER


class Unary(MilOp):
    """An operator that is one MIL operation of one operand."""

    operation: ClassVar[str]

    def lower(self, node: ir.Node, context: MilContext) -> None:
        context.emit(node.outputs[0], self.operation, x=context.input(node, 0))


class Activation(MilOp):
    """An operator that is one MIL operation of one operand, with parameters."""

    operation: ClassVar[str]

    @abc.abstractmethod
    def parameters(self, node: ir.Node) -> dict[str, float]:
        """MIL's parameters by name."""

    def lower(self, node: ir.Node, context: MilContext) -> None:
        parameters = {name: context.number(x) for name, x in self.parameters(node).items()}
        x = context.input(node, 0)
        context.emit(node.outputs[0], self.operation, x=x, **parameters)


class Binary(MilOp):
    """An operator that is one MIL operation of two operands, which broadcast."""

    kinds = NUMBER
    operation: ClassVar[str]

    def lower(self, node: ir.Node, context: MilContext) -> None:
        first, second = (context.operand(required(node, index)) for index in (0, 1))
        context.emit(node.outputs[0], self.operation, x=first, y=second)


class Scaling(Binary):
    """A product or quotient; sums are scaled as they were summed, since they may become means."""

    def wide(self, node: ir.Node, context: MilContext) -> bool:
        found = constant_operand(node)
        return found is not None and found[1].size == 1 and context.is_wide(found[0])
