"""Int8 weights: symmetric, per output channel, in [-127, 127]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.quantization.graph import QuantizableNode
from edgert_compiler.quantization.grid import grid_scales
from edgert_compiler.quantization.plan import WEIGHT_LIMITS, WeightParams
from edgert_compiler.quantization.prescription import Prescription
from edgert_compiler.quantization.rules import Int8Rules

WEIGHT_MAX = WEIGHT_LIMITS[1]
SMALLEST_SCALE = 2.0**-60  # its product with another scale is a float32 number of full precision
# Bounds |bias / (s_in * s_w)|: leaves half of int32 to the accumulator.
BIAS_MAX = float(2**30)
_HALF_PRECISION = 2.0**-11  # models in float16 round the product of integer and scale


def _per_channel(vector: np.ndarray, axis: int, rank: int) -> np.ndarray:
    """Reshapes a vector over `axis` so that it broadcasts against a tensor of that rank."""
    return vector.reshape([-1 if dim == axis % rank else 1 for dim in range(rank)])


def max_abs(weights: np.ndarray, axis: int) -> np.ndarray:
    """float64 [channels]: the largest magnitude of each channel."""
    others = tuple(dim for dim in range(weights.ndim) if dim != axis % weights.ndim)
    return np.abs(weights).max(axis=others, initial=0.0).astype(np.float64)


def weight_params(weights: np.ndarray, axis: int) -> WeightParams:
    """Scales that map the largest magnitude of each channel to 127, but none below SMALLEST_SCALE.

    A channel of zeros is nothing but its bias, which `with_bias_room` then has in fine steps.
    """
    scale = np.maximum(max_abs(weights, axis) / WEIGHT_MAX, SMALLEST_SCALE)
    return WeightParams(scale.astype(np.float32), axis)


def with_bias_room(params: WeightParams, bias: np.ndarray, input_scale: float) -> WeightParams:
    """Widens scales so that the int32 bias, in units of input scale times weight scale, fits.

    A channel whose weights are next to nothing beside its bias would otherwise overflow.
    """
    needed = np.abs(bias.astype(np.float64)) / (input_scale * BIAS_MAX)
    scale = np.maximum(params.scale.astype(np.float64), needed)
    return replace(params, scale=scale.astype(np.float32))


def weight_limits(levels: np.ndarray) -> tuple[int, int]:
    """The limits of weights that are these integers: WEIGHT_LIMITS where they are within."""
    low, high = WEIGHT_LIMITS
    return min(low, int(levels.min(initial=0))), max(high, int(levels.max(initial=0)))


def quantize_weights(weights: np.ndarray, params: WeightParams) -> np.ndarray:
    """Integers of the shape of `weights`, round half to even, saturating at the limits.

    int8 where the limits are, else int16.
    """
    scale = _per_channel(params.scale, params.axis, weights.ndim)
    quantized = np.clip(np.rint(weights.astype(np.float32) / scale), *params.limits)
    low, high = params.limits
    return quantized.astype(np.int8 if low >= -128 and high <= 127 else np.int16)


def dequantize_weights(quantized: np.ndarray, params: WeightParams) -> np.ndarray:
    """float32 of the shape of the integers."""
    return quantized.astype(np.float32) * _per_channel(params.scale, params.axis, quantized.ndim)


def unusable_weights(product: QuantizableNode, prescription: Prescription, rules: Int8Rules) -> str:
    """Why a product's weights cannot be int8; empty where they can."""
    if product.weight is None or product.weight.const_value is None:
        return "both factors are computed while running"
    return not_finite([product]).get(product.name, "") or inexact_weights(
        product, prescription, rules
    )


def inexact_weights(product: QuantizableNode, prescription: Prescription, rules: Int8Rules) -> str:
    """Why int8 would change the weights that a model came with; empty where it does not."""
    name = product.weight.name or "" if product.weight is not None else ""
    if name in prescription.exact_weights:
        return prescription.exact_weights[name]
    if name in prescription.blocked_weights and prescription.quantizes:
        return "the model has scales of blocks of its weights"
    params = _prescribed(product, prescription)
    if params is None and name not in prescription.weights:
        return ""
    if params is None:
        return "the model has scales of its weights along another axis than that of the outputs"
    low, high = params.limits
    if low < rules.weight_limits[0] or high > rules.weight_limits[1]:
        return f"its weights are integers from {low} to {high}, without their zero point"
    return ""


def not_finite(products: Iterable[QuantizableNode]) -> dict[str, str]:
    """By name, the operators that cannot be int8 as their constants have NaN or infinities."""
    found = {}
    for op in products:
        constants = (array_of(op.weight), array_of(optional(op.node, 2)))
        if not all(array is None or np.isfinite(array).all() for array in constants):
            found[op.name] = "its weights or its bias are not finite"
    return found


def plan_weights(
    products: Iterable[QuantizableNode],
    activations: Mapping[str, QuantParams],
    prescription: Prescription,
) -> dict[str, WeightParams]:
    """Parameters by name of the weights of these operators; weights used twice share them.

    prescription: what the weights must have; the parameters of others follow from the weights.
    """
    planned: dict[str, WeightParams] = {}
    for op in products:
        array = array_of(op.weight)
        if op.weight is None or array is None:
            continue
        name = op.weight.name or ""
        params = planned.get(name) or _prescribed(op, prescription)
        params = params or weight_params(array, op.weight_axis)
        bias = array_of(optional(op.node, 2))
        data = activations.get(op.data[0].name or "")
        if bias is not None and data is not None and bias.size == params.scale.size:
            params = with_bias_room(params, bias.reshape(-1), data.scale)
        planned[name] = params
    return planned


def _prescribed(op: QuantizableNode, prescription: Prescription) -> WeightParams | None:
    """The parameters with which weights are the integers that the model has, where they are such.

    They may have been rearranged since, or changed by a factor per output channel, so the numbers
    tell.
    """
    array = array_of(op.weight)
    if array is None or op.weight is None or not prescription.weights:
        return None
    params = prescription.weights.get(op.weight.name or "")
    if params is None:
        return _on_grid(array, op.weight_axis)
    if params.scale.size not in (1, array.shape[op.weight_axis]):
        return None
    found = replace(params, axis=op.weight_axis)
    again = dequantize_weights(quantize_weights(array, found), found)
    return found if np.allclose(again, array, rtol=_HALF_PRECISION, atol=0) else None


def _on_grid(array: np.ndarray, axis: int) -> WeightParams | None:
    rows = np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)
    scales = grid_scales(rows)
    if scales is None:
        return None
    scales = np.where(scales > 0, scales, SMALLEST_SCALE)
    levels = np.rint(rows / scales[:, None])
    return WeightParams(scales.astype(np.float32), axis, weight_limits(levels))
