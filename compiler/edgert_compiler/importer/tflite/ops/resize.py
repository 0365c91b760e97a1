"""Resizing images [N, H, W, C]."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgert_compiler.importer.tflite.convert import Converter
from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder


def _resize(mode: str) -> Converter:
    def convert(op: Operator, graph: GraphBuilder) -> None:
        options, y = op.options, op.outputs[0]
        place, rounding = "asymmetric", "floor"
        if options.align_corners:
            place, rounding = "align_corners", "round_prefer_ceil"
        elif options.half_pixel_centers:
            place, rounding = "half_pixel", "round_prefer_ceil"
        attributes: dict[str, Any] = {"mode": mode, "coordinate_transformation_mode": place}
        if mode == "nearest":
            attributes["nearest_mode"] = rounding
        sizes = graph.constant([y.shape[0], y.shape[3], y.shape[1], y.shape[2]], np.int64)
        image = graph.nchw(graph.value(op.input(0)))
        graph.result(
            y, graph.node("Resize", image, "", "", sizes, **attributes), channels_first=True
        )

    return convert


CONVERTERS: dict[str, Converter] = {
    "RESIZE_BILINEAR": _resize("linear"),
    "RESIZE_NEAREST_NEIGHBOR": _resize("nearest"),
}
