"""Reductions over axes, and places of extremes."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto
from onnx.helper import np_dtype_to_tensor_dtype

from edgert_compiler.importer.tflite.convert import Converter
from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder
from edgert_compiler.importer.tflite.operands import axes_of


def _reduction(op_type: str) -> Converter:
    def convert(op: Operator, graph: GraphBuilder) -> None:
        x = op.input(0)
        axes, value = axes_of(op.input(1), x.rank), graph.value(x)
        if x.rank == 4 and sorted(axes) == [1, 2]:  # over an image: a global pool
            y = graph.node(op_type, graph.nchw(value), graph.constant([2, 3], np.int64), keepdims=1)
            y = y if op.options.keep_dims else graph.reshape(y, op.outputs[0].shape)
            graph.result(op.outputs[0], y, channels_first=bool(op.options.keep_dims))
            return
        y = graph.node(
            op_type, value, graph.constant(axes, np.int64), keepdims=int(op.options.keep_dims)
        )
        graph.result(op.outputs[0], y)

    return convert


def _truth(op_type: str) -> Converter:
    """Any and all are the maximum and minimum of 0 and 1."""

    def convert(op: Operator, graph: GraphBuilder) -> None:
        x = op.input(0)
        axes = graph.constant(axes_of(op.input(1), x.rank), np.int64)
        number = graph.node("Cast", graph.value(x), to=TensorProto.INT32)
        y = graph.node(op_type, number, axes, keepdims=int(op.options.keep_dims))
        graph.result(op.outputs[0], graph.node("Cast", y, to=TensorProto.BOOL))

    return convert


def _place(op_type: str) -> Converter:
    def convert(op: Operator, graph: GraphBuilder) -> None:
        x = op.input(0)
        [axis] = axes_of(op.input(1), x.rank)
        y = graph.node(op_type, graph.value(x), axis=axis, keepdims=0)
        dtype = np_dtype_to_tensor_dtype(op.outputs[0].dtype)
        graph.result(op.outputs[0], graph.node("Cast", y, to=dtype))

    return convert


CONVERTERS: dict[str, Converter] = {
    "ARG_MAX": _place("ArgMax"),
    "ARG_MIN": _place("ArgMin"),
    "MEAN": _reduction("ReduceMean"),
    "REDUCE_ALL": _truth("ReduceMin"),
    "REDUCE_ANY": _truth("ReduceMax"),
    "REDUCE_MAX": _reduction("ReduceMax"),
    "REDUCE_MIN": _reduction("ReduceMin"),
    "REDUCE_PROD": _reduction("ReduceProd"),
    "SUM": _reduction("ReduceSum"),
}
