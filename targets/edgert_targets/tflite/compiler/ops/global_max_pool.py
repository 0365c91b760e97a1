"""GlobalMaxPool: REDUCE_MAX over the image."""

from edgert_targets.tflite.compiler.ops.global_average_pool import GlobalAveragePool as _GlobalPool


class GlobalMaxPool(_GlobalPool):
    op_type = "GlobalMaxPool"
    code = "REDUCE_MAX"
