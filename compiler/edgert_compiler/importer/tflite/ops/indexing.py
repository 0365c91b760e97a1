"""Reading by index, and making indices."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto
from onnx.helper import np_dtype_to_tensor_dtype

from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder, UnsupportedError
from edgert_compiler.importer.tflite.operands import constant_of, integers


def _gather(op: Operator, graph: GraphBuilder) -> None:
    x, indices = op.input(0), op.input(1)
    batch = op.options.batch_dims if op.version > 4 else 0
    if batch:
        raise UnsupportedError("it gathers within batches (batch_dims)")
    axis = op.options.axis % x.rank
    y = graph.node("Gather", graph.value(x), graph.value(indices), axis=axis)
    graph.result(op.outputs[0], y)


def _gather_nd(op: Operator, graph: GraphBuilder) -> None:
    indices = graph.node("Cast", graph.value(op.input(1)), to=TensorProto.INT64)
    graph.result(op.outputs[0], graph.node("GatherND", graph.value(op.input(0)), indices))


def _top_k(op: Operator, graph: GraphBuilder) -> None:
    k = graph.constant(integers(op.input(1))[:1], np.int64)
    values, places = graph.node("TopK", graph.value(op.input(0)), k, outputs=2, axis=-1)
    graph.result(op.outputs[0], values)
    dtype = np_dtype_to_tensor_dtype(op.outputs[1].dtype)
    graph.result(op.outputs[1], graph.node("Cast", places, to=dtype))


def _cumsum(op: Operator, graph: GraphBuilder) -> None:
    axis = graph.constant(integers(op.input(1))[0], np.int64)
    y = graph.node(
        "CumSum",
        graph.value(op.input(0)),
        axis,
        exclusive=int(op.options.exclusive),
        reverse=int(op.options.reverse),
    )
    graph.result(op.outputs[0], y)


def _one_hot(op: Operator, graph: GraphBuilder) -> None:
    on, off = constant_of(op.input(2)), constant_of(op.input(3))
    values = graph.constant(np.array([off.item(), on.item()], on.dtype))
    depth = graph.constant(integers(op.input(1))[0], np.int64)
    y = graph.node("OneHot", graph.value(op.input(0)), depth, values, axis=op.options.axis)
    graph.result(op.outputs[0], y)


def _range(op: Operator, graph: GraphBuilder) -> None:
    bounds = [constant_of(op.input(i)).item() for i in range(3)]
    graph.result(op.outputs[0], graph.constant(np.arange(*bounds), op.outputs[0].dtype))


CONVERTERS = {
    "CUMSUM": _cumsum,
    "GATHER": _gather,
    "GATHER_ND": _gather_nd,
    "ONE_HOT": _one_hot,
    "RANGE": _range,
    "TOPK_V2": _top_k,
}
