"""STFT of real signals: CONV_2D, whose columns are frames."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required, shape_of
from edgert_compiler.importer.tflite.schema import member
from edgert_compiler.operators.fourier import frame_step, frame_weights, unsupported_frames
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class STFT(Lowering):
    op_type = "STFT"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_frames(node)

    def lower(self, node: ir.Node, context: Context) -> None:
        value = required(node, 0)
        signal = context.native(value, layout.row_major(rank_of(value))).tensor
        x = context.reshaped(signal, (*signal.shape[:2], 1, 1))
        weights = frame_weights(node)
        batch, frames, *_ = shape_of(node.outputs[0])
        spectrum = context.like(x, (batch, frames, 1, len(weights)))
        filters = context.constant(weights[:, :, None, None])
        bias = context.constant(np.zeros(len(weights), np.float32))
        options = {"padding": member("Padding", "VALID"), "stride_w": 1}
        options["stride_h"] = frame_step(node)
        context.emit("CONV_2D", [x, filters, bias], spectrum, ("Conv2DOptions", options))
        context.store(spectrum, context.result(node.outputs[0]))
