"""STFT of real signals as a convolution: frames are its windows, bins its output channels."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert.compiler.lowering.fourier import LARGEST_MATRIX, Transform
from edgert.compiler.lowering.types import unsupported_dynamic, unsupported_type
from edgert.compiler.nodes import array_of, integers_of, optional, required, shape_of

_LARGEST = LARGEST_MATRIX // 2


def frame_length(node: ir.Node) -> int:
    """The samples of a frame: given, or those of the window, or all."""
    length, window = integers_of(node, 3), optional(node, 2)
    if length is not None:
        return length[0]
    return shape_of(window)[0] if window is not None else shape_of(required(node, 0))[1]


def unsupported_frames(node: ir.Node) -> str | None:
    """Why an STFT is no convolution with constant weights, if it is none."""
    x = shape_of(required(node, 0))
    if len(x) == 3 and x[2] != 1:
        return "its signal is complex"
    reason = (
        unsupported_type(node, 0)
        or unsupported_dynamic(node, 1, "the step")
        or unsupported_dynamic(node, 2, "the window")
        or unsupported_dynamic(node, 3, "the length of a frame")
    )
    if reason is not None:
        return reason
    length, bins = frame_length(node), shape_of(node.outputs[0])[2]
    return f"its frames of {length} samples are too long" if length * bins > _LARGEST else None


def frame_step(node: ir.Node) -> int:
    """Samples from one frame to the next."""
    step = integers_of(node, 1)
    assert step is not None
    return step[0]


def frame_weights(node: ir.Node) -> np.ndarray:
    """float32 [2 * bins, length]: the real part and the imaginary part of each bin in turn."""
    window = array_of(optional(node, 2))
    matrix = Transform(frame_length(node), shape_of(node.outputs[0])[2]).matrix(1).T
    return (matrix if window is None else matrix * window.astype(np.float64)).astype(np.float32)
