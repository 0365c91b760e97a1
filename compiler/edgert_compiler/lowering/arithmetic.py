"""Arithmetic on temporaries, for operators that compute more than their data.

Every operation is a call of `elementwise`; the program passes merge the chains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType, Tensor

Operand = Tensor | float


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """Operators of the core by name, on tensors that broadcast and on numbers.

    Floats give floats and integers int64, except that comparisons give bool.
    """

    context: LoweringContext

    def __call__(self, op: str, *operands: Operand, immediates: tuple[float, ...] = ()) -> Tensor:
        """The operator; its operands' registers are in their order."""
        tensors = [operand for operand in operands if isinstance(operand, Tensor)]
        registers: list[int] = []
        steps: list[Instruction] = []
        for operand in operands:
            register = len(tensors) + len(steps)
            if isinstance(operand, Tensor):
                register = len(registers) - len(steps)
            else:
                steps.append(Instruction("constant", register, (), (float(operand),)))
            registers.append(register)
        steps.append(Instruction(op, len(operands), tuple(registers), immediates))
        shape = np.broadcast_shapes(*(tensor.shape for tensor in tensors))
        return self._store(tensors, shape, _result(op, tensors), steps)

    def integer(self, value: Tensor) -> Tensor:
        """As int64: toward zero, NaN as 0."""
        return self._store([value], value.shape, DType.S64, [])

    def _store(
        self, tensors: list[Tensor], shape: tuple[int, ...], dtype: DType, steps: list[Instruction]
    ) -> Tensor:
        output = layout.allocate(dtype, shape, layout.row_major(len(shape)))
        self.context.elementwise(tensors, output, steps)
        return output


def _result(op: str, tensors: list[Tensor]) -> DType:
    if op in ("less", "less_equal", "greater", "greater_equal", "equal", "and"):
        return DType.BOOL
    return DType.F32 if any(t.dtype == DType.F32 for t in tensors) else DType.S64
