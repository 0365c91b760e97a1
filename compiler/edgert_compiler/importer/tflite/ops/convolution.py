"""Convolutions: images are [N, H, W, C], weights have their output channels first or last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgert_compiler.importer.tflite.file import Operator, Tensor
from edgert_compiler.importer.tflite.graph import GraphBuilder
from edgert_compiler.importer.tflite.operands import activated, auto_pad, constant_of, integers


def _conv(op: Operator, graph: GraphBuilder) -> None:
    options = op.options
    x, weights = op.input(0), op.input(1)  # weights [O, H, W, I / groups]
    _finish(
        op,
        graph,
        x,
        graph.weights(weights, constant_of(weights).transpose(0, 3, 1, 2), axis=0),
        group=x.shape[3] // weights.shape[3],
        dilations=[options.dilation_h_factor, options.dilation_w_factor],
    )


def _depthwise(op: Operator, graph: GraphBuilder) -> None:
    options = op.options
    x, weights = op.input(0), op.input(1)  # weights [1, H, W, I * multiplier]
    _finish(
        op,
        graph,
        x,
        graph.weights(weights, constant_of(weights).transpose(3, 0, 1, 2), axis=0),
        group=x.shape[3],
        dilations=[options.dilation_h_factor, options.dilation_w_factor],
    )


def _finish(op: Operator, graph: GraphBuilder, x: Tensor, weights: str, **attributes: Any) -> None:
    options = op.options
    bias = op.optional(2)
    operands = [graph.nchw(graph.value(x)), weights]
    operands += [graph.value(bias)] if bias is not None else []
    y = graph.node(
        "Conv",
        *operands,
        strides=[options.stride_h, options.stride_w],
        auto_pad=auto_pad(options.padding),
        **attributes,
    )
    y = activated(graph, y, options.fused_activation_function)
    graph.result(op.outputs[0], y, channels_first=True)


def _transpose_conv(op: Operator, graph: GraphBuilder) -> None:
    """Inputs: output shape, weights [O, H, W, I], data, bias."""
    options = op.options
    y = _transposed(
        graph,
        op.input(2),
        op.input(1),
        op.optional(3),
        integers(op.input(0))[1:3],
        [options.stride_h, options.stride_w],
    )
    activation = options.fused_activation_function if op.version > 3 else 0
    graph.result(op.outputs[0], activated(graph, y, activation), channels_first=True)


def _mediapipe_transpose_conv(op: Operator, graph: GraphBuilder) -> None:
    """MediaPipe's own operator. Inputs: data, weights [O, H, W, I], bias; padding is SAME or VALID.

    Its options are int32: padding (which the shapes tell), stride over columns, over rows.
    Source: mediapipe/util/tflite/operations/transpose_conv_bias.cc.
    """
    _, column_stride, row_stride = np.frombuffer(op.custom_options, np.int32, 3).tolist()
    y = _transposed(
        graph,
        op.input(0),
        op.input(1),
        op.optional(2),
        op.outputs[0].shape[1:3],
        [row_stride, column_stride],
    )
    graph.result(op.outputs[0], y, channels_first=True)


def _transposed(
    graph: GraphBuilder,
    x: Tensor,
    weights: Tensor,
    bias: Tensor | None,
    sizes: Sequence[int],
    strides: Sequence[int],
) -> str:
    """ConvTranspose to an image of these sizes, [N, C, H, W]."""
    begins, ends, extra = [], [], []
    for size, given, kernel, stride in zip(sizes, x.shape[1:3], weights.shape[1:3], strides):
        surplus = (given - 1) * stride + kernel - size  # rows that the output lacks
        begins.append(max(surplus, 0) // 2)
        ends.append(max(surplus, 0) - max(surplus, 0) // 2)
        extra.append(max(-surplus, 0))
    operands = [
        graph.nchw(graph.value(x)),
        graph.weights(weights, constant_of(weights).transpose(3, 0, 1, 2), axis=1),
    ]
    operands += [graph.value(bias)] if bias is not None else []
    return str(
        graph.node(
            "ConvTranspose", *operands, strides=strides, pads=begins + ends, output_padding=extra
        )
    )


CONVERTERS = {
    "Convolution2DTransposeBias": _mediapipe_transpose_conv,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transpose_conv,
}
