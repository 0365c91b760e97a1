"""What Conv, ConvTranspose and Gemm of domain edgert have in common, for rules on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.fused import FUSED_CONV, FUSED_CONV_TRANSPOSE, FUSED_GEMM, PRODUCTS
from edgert_compiler.graph.matching import dims, only_use, op_id, producer
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal

# The axis of the weights that runs over input and over output channels (of a group, where axis 1).
_INPUT_AXIS = {FUSED_CONV: 1, FUSED_CONV_TRANSPOSE: 0, FUSED_GEMM: 0}
_OUTPUT_AXIS = {FUSED_CONV: 0, FUSED_CONV_TRANSPOSE: 1, FUSED_GEMM: 1}


def bias_of(node: ir.Node) -> np.ndarray:
    """The bias [output channels], zeros where there is none."""
    bias = array_of(optional(node, 2))
    return np.zeros(output_channels(node), np.float32) if bias is None else bias


def weights_of(node: ir.Node) -> np.ndarray:
    """The constant weights."""
    weights = array_of(node.inputs[1])
    assert weights is not None
    return weights


def output_channels(node: ir.Node) -> int:
    """The number of channels of the output."""
    shape = dims(node.outputs[0])
    assert shape is not None
    return shape[channel_axis(node)]


def channel_axis(node: ir.Node) -> int:
    """Where the channels are in input and output: 1 in images, last in matrices."""
    return -1 if op_id(node) == FUSED_GEMM else 1


def is_plain(node: ir.Node) -> bool:
    """Whether nothing comes after the bias: no residual, no activation."""
    return optional(node, 3) is None and not activation_of(node)


def activation_of(node: ir.Node) -> str:
    """The fused activation, "" for none."""
    return node.attributes.get_string("activation", "") or ""


def per_channel(array: np.ndarray, value: ir.Value, axis: int) -> np.ndarray | None:
    """A constant operand of `value` as one number per channel; None where it varies elsewhere."""
    shape = dims(value)
    if shape is None or not shape or array.ndim > len(shape):
        return None
    padded = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    channels = shape[axis]
    if padded.size != padded.shape[axis] or padded.size not in (1, channels):
        return None
    return np.broadcast_to(padded.reshape(-1), (channels,))


def absorbing_product(
    node: ir.Node, y: ir.Value, array: np.ndarray
) -> tuple[ir.Node, np.ndarray] | Refusal | None:
    """The product that may absorb an operator on its output, and the operand of each channel.

    node: computes from `y` and the constant `array`. None where `y` is no plain product's.
    """
    product = producer(y, *PRODUCTS)
    if product is None or not is_plain(product):
        return None
    values = per_channel(array, y, channel_axis(product))
    if values is None or dims(y) != dims(node.outputs[0]):
        return Refusal("the constant varies within a channel")
    if not only_use(y):
        return Refusal("the product is read elsewhere")
    return product, values


def scale_outputs(node: ir.Node, scale: np.ndarray) -> np.ndarray:
    """The weights with output channel c multiplied by scale[c]."""
    return _scaled(node, scale, _OUTPUT_AXIS[op_id(node)])


def scale_inputs(node: ir.Node, scale: np.ndarray) -> np.ndarray:
    """The weights with input channel c multiplied by scale[c]."""
    return _scaled(node, scale, _INPUT_AXIS[op_id(node)])


def _scaled(node: ir.Node, scale: np.ndarray, axis: int) -> np.ndarray:
    weights = weights_of(node).astype(np.float64)
    taps = (1,) * (weights.ndim - 2)
    if axis == 0:
        return _single(weights * scale.reshape(-1, 1, *taps))
    group = node.attributes.get_int("group", 1) or 1
    grouped = weights.reshape(group, -1, *weights.shape[1:])
    return _single((grouped * scale.reshape(group, 1, -1, *taps)).reshape(weights.shape))


def shifted_bias(node: ir.Node, shift: np.ndarray) -> np.ndarray:
    """The bias after every input channel c had shift[c] added (Conv without padding, Gemm)."""
    weights = weights_of(node).astype(np.float64)
    if op_id(node) == FUSED_GEMM:
        return _single(bias_of(node) + shift @ weights)
    group = node.attributes.get_int("group", 1) or 1
    taps = weights.reshape(group, -1, weights.shape[1], int(np.prod(weights.shape[2:]))).sum(-1)
    added = np.einsum("gmc,gc->gm", taps, shift.reshape(group, -1).astype(np.float64))
    return _single(bias_of(node) + added.reshape(-1))


def with_weights(
    node: ir.Node,
    weights: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    x: ir.Value | None = None,
) -> ir.Value:
    """The output of a copy of the node with other weights, bias or input."""
    w, b = node.inputs[1], optional(node, 2)
    if weights is not None:
        w = new_constant(weights, _changed_name(w, node, "weights"))
    if bias is not None:
        b = new_constant(_single(bias), _changed_name(b, node, "bias"))
    return rebuilt(node, [x or node.inputs[0], w, b, optional(node, 3)], {})


def rebuilt(
    node: ir.Node, inputs: list[ir.Value | None], changes: Mapping[str, object]
) -> ir.Value:
    """The output of a copy of the node with other inputs and some attributes replaced."""
    return emit(op_id(node), inputs, {**node.attributes, **changes})


def activation_attributes(activation: str, params: Sequence[float] = ()) -> dict[str, object]:
    """The two attributes of fused.py."""
    return {
        "activation": activation,
        "activation_params": ir.AttrFloat32s("activation_params", params),
    }


def _changed_name(value: ir.Value | None, node: ir.Node, what: str) -> str:
    """Changed numbers never keep the name: it may stand for a prescribed scale."""
    if value is None:
        return f"{node.name}_{what}"
    return f"{str(value.name).removesuffix('_folded')}_folded"


def _single(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, np.float32)
