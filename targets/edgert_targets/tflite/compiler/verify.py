"""What TFLite's interpreter takes without a word and computes wrongly; checked before writing."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from edgert.errors import CompileError
from edgert_targets.tflite.compiler.graph import ChannelParams, Graph, Operator, Tensor

# These copy or select int8 values as they are.
_PRESERVING = frozenset(
    {
        "AVERAGE_POOL_2D",
        "BROADCAST_TO",
        "CONCATENATION",
        "DEPTH_TO_SPACE",
        "GATHER",
        "MAXIMUM",
        "MAX_POOL_2D",
        "MINIMUM",
        "MIRROR_PAD",
        "PAD",
        "PADV2",
        "RESHAPE",
        "RESIZE_BILINEAR",
        "RESIZE_NEAREST_NEIGHBOR",
        "SLICE",
        "SPACE_TO_DEPTH",
        "SPLIT_V",
        "STRIDED_SLICE",
        "TILE",
        "TRANSPOSE",
    }
)
_PRODUCTS = {  # positions of (x, weights, bias), and the axis of output channels in the weights
    "CONV_2D": ((0, 1, 2), 0),
    "DEPTHWISE_CONV_2D": ((0, 1, 2), 3),
    "FULLY_CONNECTED": ((0, 1, 2), 0),
    "TRANSPOSE_CONV": ((2, 1, 3), 0),
}
_FIXED_OUTPUTS = {
    "LOGISTIC": (1 / 256, -128),
    "SOFTMAX": (1 / 256, -128),
    "TANH": (1 / 128, 0),
    "LOG_SOFTMAX": (16 / 256, 127),
}


def verify(graph: Graph) -> None:
    """Raises CompileError that names the node of the first operator that would go wrong."""
    written: set[Tensor] = set()
    for operator in graph.operators:
        problems = (*(check(operator) for check in _CHECKS), _kept(operator, written))
        for problem in problems:
            if problem is not None:
                raise CompileError(f"node '{operator.node}' ({operator.code}): {problem}")
        written.update(operator.outputs)


def _kept(operator: Operator, written: Collection[Tensor]) -> str | None:
    """`written`: by the operators before it."""
    for tensor in operator.inputs:
        if tensor is not None and tensor.variable and tensor not in written:
            return f"reads the variable '{tensor.name}', which has the content of the run before"
    return None


def _same_parameters(operator: Operator) -> str | None:
    if operator.code not in _PRESERVING:
        return None
    tensors = [t for t in (*operator.inputs, *operator.outputs) if t is not None]
    found = {t.params for t in tensors if t.dtype == np.int8}
    if len(found) > 1:
        return f"copies int8 values between different scales: {found}"
    return None


def _weights(operator: Operator) -> str | None:
    if operator.code not in _PRODUCTS:
        return None
    (_, place, _), axis = _PRODUCTS[operator.code]
    weights = operator.inputs[place]
    assert weights is not None
    if weights.dtype != np.int8:
        return None
    params = weights.quantization
    if not isinstance(params, ChannelParams) or params.axis != axis:
        return f"int8 weights are not quantized along axis {axis}"
    if params.scale.size != weights.shape[axis]:
        return f"{params.scale.size} scales for {weights.shape[axis]} output channels"
    if not (np.isfinite(params.scale).all() and (params.scale > 0).all()):
        return "a weight scale is not a positive number"
    return None


def _bias(operator: Operator) -> str | None:
    if operator.code not in _PRODUCTS:
        return None
    (x_place, w_place, b_place), _ = _PRODUCTS[operator.code]
    x, weights, bias = (_at(operator, place) for place in (x_place, w_place, b_place))
    if x is None or weights is None or bias is None or x.params is None:
        return None
    assert isinstance(weights.quantization, ChannelParams)
    if bias.dtype != np.int32 or not isinstance(bias.quantization, ChannelParams):
        return "the bias beside an int8 input is not int32"
    expected = weights.quantization.scale * np.float32(x.params.scale)
    if not np.allclose(bias.quantization.scale, expected, rtol=1e-5, atol=0):
        return "the bias scale is not input scale times weight scale"
    return None


def _fixed_output(operator: Operator) -> str | None:
    expected = _FIXED_OUTPUTS.get(operator.code)
    params = operator.outputs[0].params
    if expected is None or params is None:
        return None
    if (params.scale, params.zero_point) != expected:
        return f"an int8 output must have scale {expected[0]} and zero point {expected[1]}"
    return None


def _quantized(operator: Operator) -> str | None:
    """int8 activations have parameters, and their scales are positive numbers."""
    for tensor in (*operator.inputs, *operator.outputs):
        if tensor is None or isinstance(tensor.quantization, ChannelParams):
            continue
        params = tensor.params
        if params is not None and not (np.isfinite(params.scale) and params.scale > 0):
            return f"tensor '{tensor.name}' has scale {params.scale}"
        if params is not None and not _fits(params.zero_point, tensor):
            return f"tensor '{tensor.name}' has zero point {params.zero_point}"
    return None


def _fits(zero_point: int, tensor: Tensor) -> bool:
    limits = np.iinfo(tensor.dtype)
    return bool(limits.min <= zero_point <= limits.max)


def _at(operator: Operator, place: int) -> Tensor | None:
    return operator.inputs[place] if place < len(operator.inputs) else None


_CHECKS: tuple[Callable[[Operator], str | None], ...] = (
    _quantized,
    _same_parameters,
    _weights,
    _bias,
    _fixed_output,
)
