"""DFT."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integer, optional, required, shape_of
from edgert_compiler.graph.types import unsupported_dynamic, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.fourier import Transform, transformed, unsupported_length
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.ops.pad import fill_bits
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Instruction, Tensor


class DFT(OpLowering):
    """In the form of opset 20 (rule dft_axis). In float: spectra need more than eight bits."""

    op_type = "DFT"

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            unsupported_type(node, 0)
            or unsupported_dynamic(node, 1, "the length")
            or unsupported_dynamic(node, 2, "the axis")
            or unsupported_length(_length(node), 2)
        )

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        shape = shape_of(required(node, 0))
        axis, length = _axis(node), _length(node)
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


def _axis(node: ir.Node) -> int:
    axis = array_of(optional(node, 2))
    rank = len(shape_of(required(node, 0)))
    return (-2 if axis is None else int(axis.reshape(-1)[0])) % rank


def _length(node: ir.Node) -> int:
    """Of the signal; that of a one-sided spectrum is an even one, unless it is said."""
    length = array_of(optional(node, 1))
    if length is not None:
        return int(length.reshape(-1)[0])
    size = shape_of(required(node, 0))[_axis(node)]
    return 2 * (size - 1) if integer(node, "inverse", 0) and integer(node, "onesided", 0) else size


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
