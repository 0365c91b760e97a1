"""InstanceNormalization."""

from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class InstanceNormalization(Operator):
    """Over the pixels of each channel."""

    op_type = "InstanceNormalization"
    types = FLOAT
