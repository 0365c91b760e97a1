"""LogSoftmax."""

from edgert_compiler.lowering.softmax import SoftmaxBase


class LogSoftmax(SoftmaxBase):
    op_type = "LogSoftmax"
    kernel = "log_softmax"
