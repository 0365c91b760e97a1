"""Reductions over axes."""

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.lowering.reduction import Reduction


class ReduceL1(Reduction):
    op_type = "ReduceL1"
    kernel = "reduce_sum"
    before = (Instruction("abs", 0, (0,)),)


class ReduceL2(Reduction):
    op_type = "ReduceL2"
    kernel = "reduce_sum"
    before = (Instruction("square", 0, (0,)),)
    after = (Instruction("sqrt", 0, (0,)),)


class ReduceLogSum(Reduction):
    op_type = "ReduceLogSum"
    kernel = "reduce_sum"
    after = (Instruction("log", 0, (0,)),)


class ReduceMax(Reduction):
    op_type = "ReduceMax"
    kernel = "reduce_max"


class ReduceMin(Reduction):
    op_type = "ReduceMin"
    kernel = "reduce_min"


class ReduceProd(Reduction):
    op_type = "ReduceProd"
    kernel = "reduce_prod"


class ReduceSum(Reduction):
    op_type = "ReduceSum"
    kernel = "reduce_sum"


class ReduceSumSquare(Reduction):
    op_type = "ReduceSumSquare"
    kernel = "reduce_sum"
    before = (Instruction("square", 0, (0,)),)
