"""LogSoftmax."""

from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class LogSoftmax(Operator):
    op_type = "LogSoftmax"
    types = FLOAT
