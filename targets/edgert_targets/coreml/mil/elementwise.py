"""Bases of the operators that compute element by element."""

from __future__ import annotations

import abc
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.matching import constant_operand
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import NUMBER, survives_fp16


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
        operands = [context.operand(value) for value in node.inputs if value is not None]
        if len(operands) == 1:  # Max and Min may have one
            context.bind(node.outputs[0], operands[0])
        else:
            context.emit(node.outputs[0], self.operation, x=operands[0], y=operands[1])


class Scaling(Binary):
    """A product or quotient; sums are scaled as they were summed, since they may become means.

    Unlike small terms of a sum, a small factor beside larger ones matters: each has to survive.
    """

    def wide(self, node: ir.Node, context: MilContext) -> bool:
        found = constant_operand(node)
        if found is None or found[1].dtype.kind != "f":
            return False
        x, factors, _ = found
        if not survives_fp16(factors, each=True):
            return True
        return factors.size == 1 and context.is_wide(x)
