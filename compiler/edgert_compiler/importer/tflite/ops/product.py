"""Matrix products."""

from __future__ import annotations

from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder, UnsupportedError
from edgert_compiler.importer.tflite.operands import activated


def _fully_connected(op: Operator, graph: GraphBuilder) -> None:
    x, weights, bias = op.input(0), op.input(1), op.optional(2)  # weights [units, inputs]
    if op.options.weights_format != 0:
        raise UnsupportedError("its weights are shuffled for one processor; convert it again")
    value = graph.value(x)
    inputs = weights.shape[1]
    if (not op.options.keep_num_dims and x.rank != 2) or x.shape[-1] != inputs:
        value = graph.reshape(value, (-1, inputs))
    if weights.data is not None:
        matrix = graph.weights(weights, weights.data.T, axis=1)
    else:
        matrix = graph.node("Transpose", graph.value(weights), perm=[1, 0])
    y = graph.node("MatMul", value, matrix)
    if bias is not None:
        y = graph.node("Add", y, graph.value(bias))
    y = graph.reshape(y, op.outputs[0].shape)
    graph.result(op.outputs[0], activated(graph, y, op.options.fused_activation_function))


def _batch_matmul(op: Operator, graph: GraphBuilder) -> None:
    operands = []
    for index, transposed in enumerate((op.options.adj_x, op.options.adj_y)):
        tensor = op.input(index)
        value = graph.value(tensor)
        if transposed:
            order = [*range(tensor.rank - 2), tensor.rank - 1, tensor.rank - 2]
            value = graph.node("Transpose", value, perm=order)
        operands.append(value)
    graph.result(op.outputs[0], graph.node("MatMul", *operands))


CONVERTERS = {"FULLY_CONNECTED": _fully_connected, "BATCH_MATMUL": _batch_matmul}
