"""Activations: fused into TFLite operators where these can, operators of their own elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.quantization import QuantParams
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor

# What the int8 kernels of these demand of their output.
LOGISTIC = QuantParams(1 / 256, -128)
TANH = QuantParams(1 / 128, 0)
_SIX = QuantParams(6 / 255, -128)

_CLAMPS = {
    (0.0, math.inf): "RELU",
    (0.0, 6.0): "RELU6",
    (-1.0, 1.0): "RELU_N1_TO_1",
    (0.0, 1.0): "RELU_0_TO_1",
}
_FUSED = ("RELU", "RELU6", "RELU_N1_TO_1")


def fused(activation: Activation) -> str | None:
    """The ActivationFunctionType that is this activation, if there is one."""
    if not activation.is_clamp:
        return None
    if activation.limits == (-math.inf, math.inf):
        return "NONE"
    name = _CLAMPS.get(activation.limits)
    return name if name in _FUSED else None


def apply(context: Context, activation: Activation, x: Tensor, y: Tensor) -> None:
    """Emits ``y = activation(x)``; both float, or both int8 with parameters of their own."""
    if activation.is_clamp:
        clamp(context, *activation.limits, x, y)
    else:
        _APPLY[activation.name](context, activation.params, x, y)


def clamp(context: Context, low: float, high: float, x: Tensor, y: Tensor) -> None:
    """Emits ``y = min(max(x, low), high)``."""
    name = _CLAMPS.get((low, high))
    if name is not None and x.dtype in ("float32", "int8"):
        context.emit(name, [x], y)
        return
    x = context.requantized(x, y.params)
    bounds = [("MAXIMUM", low), ("MINIMUM", high)]
    steps = [(code, bound) for code, bound in bounds if math.isfinite(bound)]
    if not steps:
        context.store(x, y)
    for index, (code, bound) in enumerate(steps):
        target = y if index == len(steps) - 1 else context.like(y)
        context.emit(code, [x, _bound(context, bound, x)], target)
        x = target


def logistic(context: Context, x: Tensor, y: Tensor) -> None:
    """Emits the logistic function."""
    _through(context, "LOGISTIC", LOGISTIC, x, y)


def silu(context: Context, x: Tensor, y: Tensor, alpha: float = 1.0) -> None:
    """Emits ``y = x * logistic(alpha * x)``."""
    scaled = x
    if alpha != 1.0:
        params = x.params and QuantParams(x.params.scale * abs(alpha), _turned(x.params, alpha))
        scaled = context.tensor(x.shape, x.dtype, params)
        context.emit("MUL", [x, context.number(alpha, x)], scaled, ("MulOptions", {}))
    gate = context.tensor(x.shape, x.dtype, x.params and LOGISTIC)
    logistic(context, scaled, gate)
    context.emit("MUL", [x, gate], y, ("MulOptions", {}))


def hard_sigmoid(context: Context, alpha: float, beta: float, x: Tensor, y: Tensor) -> None:
    """Emits ``y = clip(alpha * x + beta, 0, 1)`` as ``relu6(6 * (alpha * x + beta)) / 6``."""
    if not math.isclose(6 * alpha, 1.0, rel_tol=1e-6):
        params = x.params and QuantParams(x.params.scale * abs(6 * alpha), _turned(x.params, alpha))
        scaled = context.tensor(x.shape, x.dtype, params)
        context.emit("MUL", [x, context.number(6 * alpha, x)], scaled, ("MulOptions", {}))
        x = scaled
    sixth = context.tensor(x.shape, x.dtype, x.params and _SIX)
    options = ("AddOptions", {"fused_activation_function": 3})
    context.emit("ADD", [x, context.number(6 * beta, x)], sixth, options)
    context.emit("MUL", [sixth, context.number(1 / 6, x)], y, ("MulOptions", {}))


def gelu(context: Context, x: Tensor, y: Tensor, approximate: bool = False) -> None:
    """Emits GELU, by erf or by its approximation with tanh."""
    context.emit("GELU", [x], y, ("GeluOptions", {"approximate": approximate}))


def leaky_relu(context: Context, alpha: float, x: Tensor, y: Tensor) -> None:
    """Emits ``y = x if x > 0 else alpha * x``."""
    context.emit("LEAKY_RELU", [x], y, ("LeakyReluOptions", {"alpha": alpha}))


def exponential_linear(
    context: Context, x: Tensor, y: Tensor, alpha: float, positive: float = 1.0, decay: float = 1.0
) -> None:
    """Emits ``y = positive * max(x, 0) + alpha * (exp(decay * min(x, 0)) - 1)``, in float."""
    above, below, power = (context.like(x) for _ in range(3))
    context.emit("RELU", [x], above)
    context.emit("MINIMUM", [x, context.number(0.0, x)], below)
    context.emit("ELU", [scaled(context, below, decay)], power)
    terms = [scaled(context, above, positive), scaled(context, power, alpha)]
    context.emit("ADD", terms, y, ("AddOptions", {}))


def scaled(context: Context, x: Tensor, factor: float) -> Tensor:
    """``factor * x``, in float."""
    if factor == 1.0:
        return x
    y = context.like(x)
    context.emit("MUL", [x, context.number(factor, x)], y, ("MulOptions", {}))
    return y


def softplus(context: Context, x: Tensor, y: Tensor) -> None:
    """Emits ``y = max(x, 0) + log(1 + exp(-|x|))``, which does not overflow, in float."""
    magnitude, negative, power, sum_, log, above = (context.like(x) for _ in range(6))
    context.emit("ABS", [x], magnitude)
    context.emit("NEG", [magnitude], negative)
    context.emit("EXP", [negative], power)
    context.emit("ADD", [power, context.number(1.0, x)], sum_, ("AddOptions", {}))
    context.emit("LOG", [sum_], log)
    context.emit("RELU", [x], above)
    context.emit("ADD", [above, log], y, ("AddOptions", {}))


def tanh(context: Context, x: Tensor, y: Tensor) -> None:
    """Emits the hyperbolic tangent."""
    _through(context, "TANH", TANH, x, y)


def _through(context: Context, code: str, params: QuantParams, x: Tensor, y: Tensor) -> None:
    if y.params in (None, params):
        context.emit(code, [x], y)
        return
    between = context.tensor(x.shape, x.dtype, params)
    context.emit(code, [x], between)
    context.store(between, y)


def _bound(context: Context, bound: float, like: Tensor) -> Tensor:
    """A limit in the parameters of what it limits, as MAXIMUM and MINIMUM need it."""
    if like.params is None:
        return context.number(bound, like)
    return context.quantized_constant(np.array(bound, np.float32), like.params)


def _turned(params: QuantParams, factor: float) -> int:
    """The zero point of int8 values that are multiplied by a factor of this sign."""
    return params.zero_point if factor > 0 else max(-128, min(127, -1 - params.zero_point))


_APPLY: dict[str, Callable[[Context, tuple[float, ...], Tensor, Tensor], None]] = {
    "leaky_relu": lambda c, p, x, y: leaky_relu(c, p[0], x, y),
    "hard_swish": lambda c, _, x, y: c.emit("HARD_SWISH", [x], y),
    "silu": lambda c, _, x, y: silu(c, x, y),
    "sigmoid": lambda c, _, x, y: logistic(c, x, y),
    "tanh": lambda c, _, x, y: tanh(c, x, y),
    "hard_sigmoid": lambda c, p, x, y: hard_sigmoid(c, p[0], p[1], x, y),
    "gelu": lambda c, _, x, y: gelu(c, x, y),
}
