"""DFT."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import integer, required, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.fourier import transformed
from edgert_compiler.lowering.operators.pad import fill_bits
from edgert_compiler.operators.dft import transformed_axis, transformed_length
from edgert_compiler.operators.fourier import Transform
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class DFT(Lowering):
    op_type = "DFT"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        shape = shape_of(required(node, 0))
        axis, length = transformed_axis(node), transformed_length(node)
        inverse = bool(integer(node, "inverse", 0))
        onesided = bool(integer(node, "onesided", 0))
        order = (*(a for a in range(len(shape) - 1) if a != axis), axis, len(shape) - 1)
        x = layout.transpose(context.native(required(node, 0)), order)
        outer = x.shape[:-2]
        rows = context.reshape(x, (1, math.prod(outer), *x.shape[-2:]))
        half = length // 2 + 1
        if inverse and onesided:
            whole = _mirrored(_resized(rows, half, context), length, context)
            spectrum = transformed(whole, Transform(length, length, True), context)
            y = layout.narrow(spectrum, 3, 0, 1)
        else:
            bins = half if onesided else length
            samples = _resized(rows, length, context)
            y = transformed(samples, Transform(length, bins, inverse), context)
        split = layout.reshape(y, (*outer, *y.shape[2:]))
        assert split is not None, "the spectrum has no gaps but between its parts"
        context.bind(node.outputs[0], layout.transpose(split, layout.inverse(order)))


def _resized(rows: Tensor, length: int, context: LoweringContext) -> Tensor:
    """[B, rows, samples, parts] cut, or extended by zeros, to `length` samples."""
    size = rows.shape[2]
    if size >= length:
        return layout.narrow(rows, 2, 0, length)
    shape = (*rows.shape[:2], length, rows.shape[3])
    padded = layout.allocate(rows.dtype, shape, (0, 1, 2, 3))
    zeros = {"value_bits": fill_bits(np.zeros((), np.float32))}
    context.emit("fill", [], [layout.narrow(padded, 2, size, length - size)], zeros)
    context.convert(rows, layout.narrow(padded, 2, 0, size))
    return padded


def _mirrored(half: Tensor, length: int, context: LoweringContext) -> Tensor:
    """The whole spectrum of a real signal: bin length - k is the conjugate of bin k."""
    whole = layout.allocate(half.dtype, (*half.shape[:2], length, 2), (0, 1, 2, 3))
    bins = half.shape[2]
    context.convert(half, layout.narrow(whole, 2, 0, bins))
    if length > bins:
        signs = context.constant(np.array([1, -1], np.float32))
        source = layout.narrow(half, 2, length - bins, length - bins, -1)
        target = layout.narrow(whole, 2, bins, length - bins)
        context.elementwise([source, signs], target, [Instruction("mul", 2, (0, 1))])
    return whole
