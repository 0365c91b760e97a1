"""Versions of the builtin operators that edgert writes.

The smallest version whose semantics are the ones meant (tensorflow/compiler/mlir/lite/tools/
versioning/op_version.cc). A version that is too high is refused by older interpreters, one that is
too low may be read as something else.
"""

from __future__ import annotations

from collections.abc import Mapping

# (of float and plain integer tensors, of int8 tensors); (1, 1) where it is not listed.
_VERSIONS: Mapping[str, tuple[int, int]] = {
    "ABS": (1, 2),
    "ADD": (1, 2),
    "ARG_MAX": (1, 2),
    "ARG_MIN": (1, 2),
    "AVERAGE_POOL_2D": (1, 2),
    "BATCH_MATMUL": (1, 2),
    "BROADCAST_TO": (2, 2),
    "CONCATENATION": (1, 2),
    "CONV_2D": (1, 3),
    "DEPTHWISE_CONV_2D": (2, 3),
    "DEPTH_TO_SPACE": (1, 2),
    "DEQUANTIZE": (2, 2),
    "EXP": (1, 2),
    "FULLY_CONNECTED": (5, 5),
    "GATHER": (1, 2),
    "LEAKY_RELU": (1, 2),
    "LOGISTIC": (1, 2),
    "LOG_SOFTMAX": (1, 2),
    "MAXIMUM": (1, 2),
    "MAX_POOL_2D": (1, 2),
    "MEAN": (1, 2),
    "MINIMUM": (1, 2),
    "MUL": (1, 2),
    "PAD": (1, 2),
    "PADV2": (1, 2),
    "REDUCE_MAX": (1, 2),
    "REDUCE_MIN": (1, 2),
    "RELU": (1, 2),
    "RELU6": (1, 2),
    "RELU_N1_TO_1": (1, 1),
    "RESIZE_BILINEAR": (1, 2),
    "RESIZE_NEAREST_NEIGHBOR": (1, 2),
    "RSQRT": (1, 2),
    "SELECT_V2": (1, 1),
    "SLICE": (1, 2),
    "SOFTMAX": (1, 2),
    "SPACE_TO_DEPTH": (1, 2),
    "SPLIT_V": (1, 2),
    "STRIDED_SLICE": (1, 2),
    "SUB": (1, 2),
    "SUM": (1, 2),
    "TANH": (1, 2),
    "TRANSPOSE": (1, 2),
    "TRANSPOSE_CONV": (1, 2),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (1, 2),
}


def operator_version(code: str, int8: bool, least: int = 1) -> int:
    """The version to write; `least`: that of an option in use."""
    return max(_VERSIONS.get(code, (1, 1))[int8], least)
