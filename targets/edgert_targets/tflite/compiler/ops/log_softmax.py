"""LogSoftmax along the last axis."""

from edgert_targets.tflite.compiler.softmax import LastAxis


class LogSoftmax(LastAxis):
    op_type = "LogSoftmax"
    code = "LOG_SOFTMAX"
