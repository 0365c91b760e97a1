"""ScatterElements."""

from edgert_compiler.operators.scatter import Scatter


class ScatterElements(Scatter):
    op_type = "ScatterElements"
