"""LogSoftmax."""

from edgert.compiler.lowering.softmax import SoftmaxBase


class LogSoftmax(SoftmaxBase):
    op_type = "LogSoftmax"
    kernel = "log_softmax"
