"""CumProd."""

from edgert.compiler.lowering.cumulative import Cumulative


class CumProd(Cumulative):
    op_type = "CumProd"
    product = True
