"""STFT of real signals: a convolution, whose windows are frames."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.operators.fourier import frame_step, frame_weights, unsupported_frames
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class STFT(MilOp):
    op_type = "STFT"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return unsupported_frames(node)

    def lower(self, node: ir.Node, context: MilContext) -> None:
        batch, samples = shape_of(required(node, 0))[:2]
        x = context.make("reshape", x=context.input(node, 0), shape=(batch, 1, samples))
        weights = frame_weights(node)[:, None].astype(context.float_type)
        y = context.make(
            "conv",
            x=x,
            weight=weights,
            strides=(frame_step(node),),
            pad_type="custom",
            pad=(0, 0),
            dilations=(1,),
            groups=1,
        )
        y = context.make("transpose", x=y, perm=(0, 2, 1))
        context.emit(node.outputs[0], "reshape", x=y, shape=shape_of(node.outputs[0]))
