"""CumSum."""

from edgert_compiler.operators.cumulative import Cumulative


class CumSum(Cumulative):
    op_type = "CumSum"
