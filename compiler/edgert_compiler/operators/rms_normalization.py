"""RMSNormalization."""

from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class RMSNormalization(Operator):
    """Over the axes from `axis` on."""

    op_type = "RMSNormalization"
    types = FLOAT
