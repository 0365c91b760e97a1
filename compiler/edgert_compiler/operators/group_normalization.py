"""GroupNormalization (opset 21: scale and bias per channel)."""

from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class GroupNormalization(Operator):
    """Over the channels and pixels of each group."""

    op_type = "GroupNormalization"
    types = FLOAT
