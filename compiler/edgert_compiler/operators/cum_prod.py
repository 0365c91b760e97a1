"""CumProd."""

from edgert_compiler.operators.cumulative import Cumulative


class CumProd(Cumulative):
    op_type = "CumProd"
