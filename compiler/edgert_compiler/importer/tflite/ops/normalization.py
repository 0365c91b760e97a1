"""Softmax and its like, over the last axis."""

from __future__ import annotations

import numpy as np

from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder


def _softmax(op: Operator, graph: GraphBuilder) -> None:
    x, beta = graph.value(op.input(0)), op.options.beta
    if beta != 1.0:
        x = graph.node("Mul", x, graph.constant(beta, np.float32))
    graph.result(op.outputs[0], graph.node("Softmax", x, axis=-1))


def _log_softmax(op: Operator, graph: GraphBuilder) -> None:
    graph.result(op.outputs[0], graph.node("LogSoftmax", graph.value(op.input(0)), axis=-1))


def _l2_normalization(op: Operator, graph: GraphBuilder) -> None:
    x = graph.value(op.input(0))
    axes = graph.constant([-1], np.int64)
    squares = graph.node("ReduceSumSquare", x, axes, keepdims=1)
    floor = graph.constant(1e-6, np.float32)  # TFLite's own
    norm = graph.node("Sqrt", graph.node("Max", squares, floor))
    graph.result(op.outputs[0], graph.node("Div", x, norm))


def _local_response(op: Operator, graph: GraphBuilder) -> None:
    """TFLite's alpha is that of each term, ONNX's that of their sum's mean."""
    options = op.options
    size = 2 * options.radius + 1
    y = graph.node(
        "LRN",
        graph.nchw(graph.value(op.input(0))),
        size=size,
        alpha=options.alpha * size,
        beta=options.beta,
        bias=options.bias,
    )
    graph.result(op.outputs[0], y, channels_first=True)


CONVERTERS = {
    "L2_NORMALIZATION": _l2_normalization,
    "LOCAL_RESPONSE_NORMALIZATION": _local_response,
    "LOG_SOFTMAX": _log_softmax,
    "SOFTMAX": _softmax,
}
