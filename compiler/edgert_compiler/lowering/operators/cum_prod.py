"""CumProd."""

from edgert_compiler.lowering.cumulative import Cumulative


class CumProd(Cumulative):
    op_type = "CumProd"
    product = True
