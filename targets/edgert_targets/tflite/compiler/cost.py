"""What a TFLite graph costs."""

from __future__ import annotations

import math

from edgert_targets.tflite.compiler.graph import Graph, Operator


def multiply_accumulates(operator: Operator) -> int:
    """Multiply-accumulates of a convolution, matrix product or LSTM, 0 for other operators."""
    if operator.code in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        weights = operator.inputs[1]
        assert weights is not None
        per_output = weights.shape[1:3] if operator.code[0] == "D" else weights.shape[1:]
        return math.prod(operator.outputs[0].shape) * math.prod(per_output)
    if operator.code == "TRANSPOSE_CONV":
        _, weights, x = operator.inputs[:3]
        assert weights is not None
        assert x is not None
        return math.prod(x.shape) * math.prod(weights.shape[:3])
    if operator.code == "BATCH_MATMUL":
        a = operator.inputs[0]
        assert a is not None
        return math.prod(operator.outputs[0].shape) * a.shape[-1]
    if operator.code == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        matrices = [tensor.shape for tensor in operator.inputs[1:9] if tensor is not None]
        return math.prod(operator.outputs[0].shape[:2]) * sum(map(math.prod, matrices))
    return 0


def constant_bytes(graph: Graph) -> int:
    """Bytes of the constants, equal ones once."""
    stored = {t.data.tobytes() for t in graph.tensors() if t.data is not None}
    return sum(map(len, stored))
