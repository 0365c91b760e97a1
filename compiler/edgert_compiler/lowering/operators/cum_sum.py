"""CumSum."""

from edgert_compiler.lowering.cumulative import Cumulative


class CumSum(Cumulative):
    op_type = "CumSum"
    product = False
