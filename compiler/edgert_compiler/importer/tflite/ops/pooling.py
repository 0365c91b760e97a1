"""Pools over windows of images [N, H, W, C]; padding never counts."""

from __future__ import annotations

from edgert_compiler.importer.tflite.convert import Converter
from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder
from edgert_compiler.importer.tflite.operands import activated, auto_pad


def _pool(op_type: str, **attributes: int) -> Converter:
    def convert(op: Operator, graph: GraphBuilder) -> None:
        options = op.options
        y = graph.node(
            op_type,
            graph.nchw(graph.value(op.input(0))),
            kernel_shape=[options.filter_height, options.filter_width],
            strides=[options.stride_h, options.stride_w],
            auto_pad=auto_pad(options.padding),
            **attributes,
        )
        y = activated(graph, y, options.fused_activation_function)
        graph.result(op.outputs[0], y, channels_first=True)

    return convert


def _l2_pool(op: Operator, graph: GraphBuilder) -> None:
    """The root of the mean of squares."""
    options = op.options
    x = graph.nchw(graph.value(op.input(0)))
    mean = graph.node(
        "AveragePool",
        graph.node("Mul", x, x),
        kernel_shape=[options.filter_height, options.filter_width],
        strides=[options.stride_h, options.stride_w],
        auto_pad=auto_pad(options.padding),
    )
    y = activated(graph, graph.node("Sqrt", mean), options.fused_activation_function)
    graph.result(op.outputs[0], y, channels_first=True)


CONVERTERS: dict[str, Converter] = {
    "AVERAGE_POOL_2D": _pool("AveragePool", count_include_pad=0),
    "MAX_POOL_2D": _pool("MaxPool"),
    "L2_POOL_2D": _l2_pool,
}
