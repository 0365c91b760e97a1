"""LogSoftmax along the last axis."""

from edgert.targets.tflite.compiler.softmax import LastAxis


class LogSoftmax(LastAxis):
    op_type = "LogSoftmax"
    code = "LOG_SOFTMAX"
