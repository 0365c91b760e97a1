"""Data movement: joining, cutting, padding, reordering."""

from __future__ import annotations

import numpy as np

from edgert_compiler.importer.tflite.file import Operator, Tensor
from edgert_compiler.importer.tflite.graph import GraphBuilder, UnsupportedError
from edgert_compiler.importer.tflite.operands import (
    activated,
    axes_of,
    constant_of,
    elementwise_operands,
    integers,
)
from edgert_compiler.importer.tflite.schema import member

_LAST = np.iinfo(np.int64).max


def _concatenation(op: Operator, graph: GraphBuilder) -> None:
    """Images are joined with their channels first, if they come so."""
    values, channels_first = elementwise_operands(op, graph)
    axis = op.options.axis % op.outputs[0].rank
    axis = (0, 2, 3, 1)[axis] if channels_first else axis
    y = graph.node("Concat", *values, axis=axis)
    y = activated(graph, y, op.options.fused_activation_function)
    graph.result(op.outputs[0], y, channels_first)


def _pack(op: Operator, graph: GraphBuilder) -> None:
    axis = op.options.axis % op.outputs[0].rank
    axes = graph.constant([axis], np.int64)
    values = [graph.node("Unsqueeze", graph.value(t), axes) for t in op.inputs if t is not None]
    graph.result(op.outputs[0], graph.node("Concat", *values, axis=axis))


def _unpack(op: Operator, graph: GraphBuilder) -> None:
    x = op.input(0)
    axis = op.options.axis % x.rank
    parts = _parts(graph, x, [1] * len(op.outputs), axis)
    axes = graph.constant([axis], np.int64)
    for tensor, part in zip(op.outputs, parts):
        graph.result(tensor, graph.node("Squeeze", part, axes))


def _split(op: Operator, graph: GraphBuilder) -> None:
    x = op.input(1)
    [axis] = axes_of(op.input(0), x.rank)
    _store_parts(op, graph, x, axis)


def _split_v(op: Operator, graph: GraphBuilder) -> None:
    x = op.input(0)
    [axis] = axes_of(op.input(2), x.rank)
    _store_parts(op, graph, x, axis)


def _store_parts(op: Operator, graph: GraphBuilder, x: Tensor, axis: int) -> None:
    sizes = [tensor.shape[axis] for tensor in op.outputs]
    for tensor, part in zip(op.outputs, _parts(graph, x, sizes, axis)):
        graph.result(tensor, part)


def _parts(graph: GraphBuilder, x: Tensor, sizes: list[int], axis: int) -> list[str]:
    lengths = graph.constant(sizes, np.int64)
    parts = graph.node("Split", graph.value(x), lengths, outputs=len(sizes), axis=axis)
    return [parts] if len(sizes) == 1 else parts


def _slice(op: Operator, graph: GraphBuilder) -> None:
    x, starts = op.input(0), integers(op.input(1))
    ends = [start + size for start, size in zip(starts, op.outputs[0].shape)]
    bounds = [graph.constant(bound, np.int64) for bound in (starts, ends)]
    graph.result(op.outputs[0], graph.node("Slice", graph.value(x), *bounds))


def _strided_slice(op: Operator, graph: GraphBuilder) -> None:
    """The masks have a bit for each dimension of the specification."""
    x, options = op.input(0), op.options
    if options.ellipsis_mask or options.new_axis_mask or options.offset:
        raise UnsupportedError("it uses an ellipsis, new axes or offsets")
    starts, ends, steps = (integers(op.input(i)) for i in (1, 2, 3))
    for axis, step in enumerate(steps):
        bit = 1 << axis
        if options.shrink_axis_mask & bit:
            ends[axis], steps[axis] = starts[axis] + 1 or _LAST, 1
            continue
        if options.begin_mask & bit:
            starts[axis] = 0 if step > 0 else _LAST
        if options.end_mask & bit:
            ends[axis] = _LAST if step > 0 else -_LAST
    axes = list(range(len(starts)))
    bounds = [graph.constant(b, np.int64) for b in (starts, ends, axes, steps)]
    y = graph.node("Slice", graph.value(x), *bounds)
    graph.result(op.outputs[0], graph.reshape(y, op.outputs[0].shape))


def _pad(op: Operator, graph: GraphBuilder) -> None:
    """Quantized tensors are padded with real zeros."""
    fill = op.optional(2)
    operands = [graph.reshape(graph.value(fill), ())] if fill is not None else []
    _store_padded(op, graph, *operands)


def _mirror_pad(op: Operator, graph: GraphBuilder) -> None:
    if op.options.mode != member("MirrorPadMode", "REFLECT"):
        raise UnsupportedError("its mode is SYMMETRIC; edgert has REFLECT")
    _store_padded(op, graph, mode="reflect")


def _store_padded(op: Operator, graph: GraphBuilder, *fill: str, mode: str = "constant") -> None:
    """Images are padded with their channels first, so that convolutions can take the padding in."""
    x, pads = op.input(0), constant_of(op.input(1))  # [rank, 2]; ONNX has all begins, then all ends
    value, is_image = graph.value(x), x.rank == 4
    if is_image:
        value, pads = graph.nchw(value), pads[[0, 3, 1, 2]]
    around = graph.constant(pads.T.reshape(-1), np.int64)
    y = graph.node("Pad", value, around, *fill, mode=mode)
    graph.result(op.outputs[0], y, channels_first=is_image)


def _transpose(op: Operator, graph: GraphBuilder) -> None:
    y = graph.node("Transpose", graph.value(op.input(0)), perm=integers(op.input(1)))
    graph.result(op.outputs[0], y)


def _tile(op: Operator, graph: GraphBuilder) -> None:
    repeats = graph.constant(integers(op.input(1)), np.int64)
    graph.result(op.outputs[0], graph.node("Tile", graph.value(op.input(0)), repeats))


def _broadcast_to(op: Operator, graph: GraphBuilder) -> None:
    shape = graph.constant(op.outputs[0].shape, np.int64)
    graph.result(op.outputs[0], graph.node("Expand", graph.value(op.input(0)), shape))


def _fill(op: Operator, graph: GraphBuilder) -> None:
    shape = graph.constant(op.outputs[0].shape, np.int64)
    graph.result(op.outputs[0], graph.node("Expand", graph.value(op.input(1)), shape))


def _reverse(op: Operator, graph: GraphBuilder) -> None:
    x = op.input(0)
    axes = axes_of(op.input(1), x.rank)
    bounds = ([-1] * len(axes), [-_LAST] * len(axes), axes, [-1] * len(axes))
    operands = [graph.constant(bound, np.int64) for bound in bounds]
    graph.result(op.outputs[0], graph.node("Slice", graph.value(x), *operands))


def _depth_to_space(op: Operator, graph: GraphBuilder) -> None:
    x = graph.nchw(graph.value(op.input(0)))
    y = graph.node("DepthToSpace", x, blocksize=op.options.block_size, mode="DCR")
    graph.result(op.outputs[0], y, channels_first=True)


def _space_to_depth(op: Operator, graph: GraphBuilder) -> None:
    x = graph.nchw(graph.value(op.input(0)))
    y = graph.node("SpaceToDepth", x, blocksize=op.options.block_size)
    graph.result(op.outputs[0], y, channels_first=True)


def _space_to_batch(op: Operator, graph: GraphBuilder) -> None:
    """Block offsets become the outermost part of the batch."""
    x, blocks = op.input(0), integers(op.input(1))
    count, rest = len(blocks), x.rank - 1 - len(blocks)
    pads = constant_of(op.input(2))
    around = np.array([[0, 0], *pads.tolist(), *[[0, 0]] * rest])
    value = graph.node("Pad", graph.value(x), graph.constant(around.T.reshape(-1), np.int64))
    sizes = [n + int(sum(p)) for n, p in zip(x.shape, around)]
    split = [sizes[0]]
    for n, block in zip(sizes[1:], blocks):
        split += [n // block, block]
    value = graph.reshape(value, split + sizes[1 + count :])
    inner = [2 + 2 * i for i in range(count)]
    outer = [1 + 2 * i for i in range(count)]
    order = [*inner, 0, *outer, *range(1 + 2 * count, 1 + 2 * count + rest)]
    value = graph.node("Transpose", value, perm=order)
    graph.result(op.outputs[0], graph.reshape(value, op.outputs[0].shape))


def _batch_to_space(op: Operator, graph: GraphBuilder) -> None:
    x, blocks = op.input(0), integers(op.input(1))
    count, crops = len(blocks), constant_of(op.input(2)).tolist()
    batch = x.shape[0] // int(np.prod(blocks))
    value = graph.reshape(graph.value(x), [*blocks, batch, *x.shape[1:]])
    order = [count]
    for i in range(count):
        order += [count + 1 + i, i]
    order += range(2 * count + 1, count + x.rank)
    value = graph.node("Transpose", value, perm=order)
    sizes = [n * block for n, block in zip(x.shape[1:], blocks)]
    value = graph.reshape(value, [batch, *sizes, *x.shape[1 + count :]])
    starts = [crop[0] for crop in crops]
    ends = [n - crop[1] for n, crop in zip(sizes, crops)]
    axes = list(range(1, 1 + count))
    bounds = [graph.constant(b, np.int64) for b in (starts, ends, axes)]
    graph.result(op.outputs[0], graph.node("Slice", value, *bounds))


CONVERTERS = {
    "BATCH_TO_SPACE_ND": _batch_to_space,
    "BROADCAST_TO": _broadcast_to,
    "CONCATENATION": _concatenation,
    "DEPTH_TO_SPACE": _depth_to_space,
    "FILL": _fill,
    "MIRROR_PAD": _mirror_pad,
    "PACK": _pack,
    "PAD": _pad,
    "PADV2": _pad,
    "REVERSE_V2": _reverse,
    "SLICE": _slice,
    "SPACE_TO_BATCH_ND": _space_to_batch,
    "SPACE_TO_DEPTH": _space_to_depth,
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "STRIDED_SLICE": _strided_slice,
    "TILE": _tile,
    "TRANSPOSE": _transpose,
    "UNPACK": _unpack,
}
