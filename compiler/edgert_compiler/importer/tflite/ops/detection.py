"""TFLite_Detection_PostProcess: the tail of TensorFlow's object detectors.

Decodes boxes, keeps the best class of each, suppresses overlapping ones, and fills up with zeros.
Source: tensorflow/lite/kernels/detection_postprocess.cc, the form without `use_regular_nms`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flatbuffers import flexbuffers
from onnx import TensorProto

from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder, UnsupportedError
from edgert_compiler.importer.tflite.operands import constant_of


@dataclass(frozen=True)
class _Options:
    """As the converter writes them; scales are those of the encoded centers and sizes."""

    max_detections: int
    num_classes: int
    nms_iou_threshold: float
    nms_score_threshold: float
    y_scale: float
    x_scale: float
    h_scale: float
    w_scale: float

    @classmethod
    def of(cls, op: Operator) -> _Options:
        found = flexbuffers.Loads(op.custom_options)
        if found.get("use_regular_nms"):
            raise UnsupportedError("it suppresses each class apart (use_regular_nms)")
        if found.get("max_classes_per_detection", 1) != 1:
            raise UnsupportedError("it keeps several classes of one box")
        return cls(**{name: found[name] for name in cls.__dataclass_fields__})


def _post_process(op: Operator, graph: GraphBuilder) -> None:
    """Inputs: encodings [1, n, 4], scores [1, n, classes + background], anchors [n, 4]."""
    options = _Options.of(op)
    scores = _last(graph, graph.value(op.input(1)), op.input(1).shape[2] - options.num_classes)
    last = graph.constant([2], np.int64)
    best = graph.node("ReduceMax", scores, last, keepdims=0)
    boxes = _decoded(op, graph, options)
    count, place = _selected(graph, options, boxes, best)
    classes = graph.node("ArgMax", scores, axis=2, keepdims=0)
    classes = graph.node("Cast", classes, to=TensorProto.FLOAT)
    for tensor, values, shape in (
        (op.outputs[0], boxes, (1, options.max_detections, 4)),
        (op.outputs[1], classes, (1, options.max_detections)),
        (op.outputs[2], best, (1, options.max_detections)),
    ):
        graph.result(
            tensor, _filled(graph, graph.node("Gather", values, place, axis=1), count, shape)
        )
    number = graph.node("Cast", count, to=TensorProto.FLOAT)
    graph.result(op.outputs[3], graph.reshape(number, op.outputs[3].shape or (1,)))


def _decoded(op: Operator, graph: GraphBuilder, options: _Options) -> str:
    """Corners [1, n, 4] = {top, left, bottom, right} of encoded {y, x, height, width}."""
    anchors, params = constant_of(op.input(2)).astype(np.float32), op.input(2).quantization
    if params is not None:
        anchors = (anchors - params.zero_point.astype(np.float32)) * params.scale
    parts = graph.node("Split", graph.value(op.input(0)), num_outputs=4, outputs=4, axis=2)
    column = [anchors[None, :, i : i + 1] for i in range(4)]
    scales = (options.y_scale, options.x_scale, options.h_scale, options.w_scale)
    corners: dict[int, list[str]] = {-1: [], 1: []}
    for axis in (0, 1):
        center = graph.node(
            "Mul", parts[axis], graph.constant(column[axis + 2] / np.float32(scales[axis]))
        )
        center = graph.node("Add", center, graph.constant(column[axis]))
        size = graph.node("Div", parts[axis + 2], graph.constant(scales[axis + 2], np.float32))
        half = graph.node(
            "Mul", graph.node("Exp", size), graph.constant(column[axis + 2] * np.float32(0.5))
        )
        corners[-1].append(graph.node("Sub", center, half))
        corners[1].append(graph.node("Add", center, half))
    return str(graph.node("Concat", *corners[-1], *corners[1], axis=2))


def _selected(graph: GraphBuilder, options: _Options, boxes: str, best: str) -> tuple[str, str]:
    """(how many boxes are kept, int64 [1]; their places, int64 of up to that size)."""
    found = graph.node(
        "NonMaxSuppression",
        boxes,
        graph.node("Unsqueeze", best, graph.constant([1], np.int64)),
        graph.constant([options.max_detections], np.int64),
        graph.constant([options.nms_iou_threshold], np.float32),
        graph.constant([options.nms_score_threshold], np.float32),
    )
    place = graph.node("Gather", found, graph.constant(2, np.int64), axis=1)
    return str(graph.node("Shape", place)), str(place)


def _filled(graph: GraphBuilder, rows: str, count: str, shape: tuple[int, ...]) -> str:
    """Rows [1, count, …] as many as `shape` says, zeros behind them."""
    order = np.arange(shape[1], dtype=np.int64).reshape(1, -1, *[1] * (len(shape) - 2))
    kept = graph.node("Less", graph.constant(order), count)
    every = graph.node("Unbound", rows, domain="edgert", axis=1)
    return str(
        graph.node("Where", kept, graph.reshape(every, shape), graph.constant(0.0, np.float32))
    )


def _last(graph: GraphBuilder, values: str, skipped: int) -> str:
    """Without the first entries of the last axis: the background's score."""
    bounds = [graph.constant(b, np.int64) for b in ([skipped], [np.iinfo(np.int64).max], [2])]
    return str(graph.node("Slice", values, *bounds))


CONVERTERS = {"TFLite_Detection_PostProcess": _post_process}
