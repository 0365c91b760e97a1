"""Resize: RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR where they sample the same positions.

Other nearest samplings are a GATHER along each resized axis, other mixtures a product of each
resized axis with a constant matrix.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.interpolation import Axis, Mode, Table, outside, table
from edgert_compiler.graph.nodes import rank_of, required, string
from edgert_compiler.graph.resampling import axes_of, mode_of
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.operators.registry import find
from edgert_targets.tflite.compiler import windows
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor

# (align_corners, half_pixel_centers) and the samplings of ONNX that they are.
_BILINEAR = {
    (False, True): Mode("linear", "half_pixel"),
    (False, False): Mode("linear", "asymmetric"),
    (True, False): Mode("linear", "align_corners"),
}
_NEAREST = {
    (False, False): Mode("nearest", "asymmetric", "floor"),
    (False, True): Mode("nearest", "half_pixel", "round_prefer_ceil"),
    (True, False): Mode("nearest", "align_corners", "round_prefer_ceil"),
}


class Resize(Lowering):
    op_type = "Resize"
    spatial = True

    def unsupported(self, node: ir.Node) -> str | None:
        own = find("Resize")
        assert own is not None
        reason = own.unsupported(node)
        if reason is not None:
            return reason
        if any(outside(axis, mode_of(node)).any() for axis in axes_of(node)):
            return "its region of interest reaches beyond the image"
        return _unsupported_axes(node)

    def role(self, node: ir.Node, own: QuantizationRole) -> QuantizationRole:
        if string(node, "mode", "nearest") == "nearest":
            return own
        return own if _builtin(node) is not None else QuantizationRole.FLOAT

    def lower(self, node: ir.Node, context: Context) -> None:
        order = windows.order_of_images(node)
        array = context.operand(node, 0, order)
        x = windows.images(context, array)
        target = context.result(node.outputs[0], order, array.params)
        output = windows.image_output(target, context)
        found = _builtin(node)
        if found is not None:
            code, flags = found
            options = {"align_corners": flags[0], "half_pixel_centers": flags[1]}
            size = context.vector(windows.output_size(node))
            name = "ResizeBilinear" if code == "RESIZE_BILINEAR" else "ResizeNearestNeighbor"
            version = 3 if flags[1] else 1
            context.emit(code, [x, size], output, (f"{name}Options", options), version)
        else:
            _by_axis(node, x, output, context)
        windows.stored(output, target, context)


def _unsupported_axes(node: ir.Node) -> str | None:
    """Rows and columns of images are resized here, of [N, C, W] or [N, C, H, W]."""
    if rank_of(required(node, 0)) not in (3, 4):
        return "TFLite resizes images; this has more or fewer axes"
    n, c, *_ = axes_of(node)
    if any(axis.inputs != axis.outputs for axis in (n, c)):
        return "resizes the batch or the channels; TFLite resizes height and width"
    return unsupported_type(node, 0)


def _builtin(node: ir.Node) -> tuple[str, tuple[bool, bool]] | None:
    """The operator and its flags that take the same taps of both axes, if there are any."""
    mode = mode_of(node)
    nearest = mode.interpolation == "nearest"
    if not nearest and mode.interpolation != "linear":
        return None
    axes = axes_of(node)[-2:]
    wanted = [_matrix(table(axis, mode), axis) for axis in axes]
    for flags, candidate in (_NEAREST if nearest else _BILINEAR).items():
        # TFLite's scale is that of the sizes.
        own = [Axis(a.inputs, a.outputs, a.outputs / a.inputs) for a in axes]
        found = [_matrix(table(axis, candidate), axis) for axis in own]
        if all(np.allclose(a, b, atol=1e-6) for a, b in zip(wanted, found)):
            return ("RESIZE_NEAREST_NEIGHBOR" if nearest else "RESIZE_BILINEAR"), flags
    return None


def _matrix(taps: Table, axis: Axis) -> np.ndarray:
    """f32 [outputs, inputs]"""
    matrix = np.zeros((axis.outputs, axis.inputs), np.float32)
    np.add.at(matrix, (np.arange(axis.outputs)[:, None], taps.index), taps.weight)
    return matrix


def _by_axis(node: ir.Node, x: Tensor, output: Tensor, context: Context) -> None:
    mode = mode_of(node)
    for place, axis in zip((1, 2), axes_of(node)[-2:]):
        taps = table(axis, mode)
        shape = (*x.shape[:place], axis.outputs, *x.shape[place + 1 :])
        target = output if place == 2 else context.like(x, shape)
        if mode.interpolation == "nearest":
            indices = context.constant(taps.index[:, 0])
            context.emit("GATHER", [x, indices], target, ("GatherOptions", {"axis": place}))
        else:
            _mix(_matrix(taps, axis), x, place, target, context)
        x = target


def _mix(matrix: np.ndarray, x: Tensor, place: int, target: Tensor, context: Context) -> None:
    """target = matrix @ x along axis 1 or 2 of [N, H, W, C]."""
    n, h, w, c = x.shape
    shape = (n, h, w * c) if place == 1 else (n * h, w, c)
    factor = context.reshaped(x, shape)
    mixed = context.like(x, (shape[0], matrix.shape[0], shape[2]))
    options = ("BatchMatMulOptions", {"adj_x": False, "adj_y": False})
    context.emit("BATCH_MATMUL", [context.constant(matrix[None]), factor], mixed, options)
    context.store(mixed, target)
