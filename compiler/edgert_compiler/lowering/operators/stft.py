"""STFT."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional, required, shape_of
from edgert_compiler.lowering.arithmetic import Arithmetic
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.fourier import transformed
from edgert_compiler.operators.fourier import Transform, frame_length, frame_step
from edgert_compiler.program.ir import Tensor


class STFT(Lowering):
    """Frames are overlapping views of the signal; a constant window is part of the matrix."""

    op_type = "STFT"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        batch, frames, bins, _ = shape_of(node.outputs[0])
        signal = context.native(required(node, 0))
        parts = signal.shape[2] if len(signal.shape) == 3 else 1
        samples = context.reshape(signal, (batch, signal.shape[1], parts))
        x = _frames(samples, frames, frame_length(node), frame_step(node))
        window = optional(node, 2)
        factors = array_of(window)
        if window is not None and factors is None:
            column = context.reshape(context.native(window), (x.shape[2], 1))
            x, factors = Arithmetic(context)("mul", x, column), None
        y = transformed(x, Transform(x.shape[2], bins), context, factors)
        context.bind(node.outputs[0], y)


def _frames(samples: Tensor, frames: int, length: int, step: int) -> Tensor:
    """[B, samples, parts] as [B, frames, length, parts], every frame `step` after the last."""
    batch, _, parts = samples.shape
    outer, inner, part = samples.strides
    return samples.view((batch, frames, length, parts), (outer, step * inner, inner, part))
