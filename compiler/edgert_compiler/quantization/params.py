"""From a range of real values to int8 parameters, and what those parameters cost in precision."""

from __future__ import annotations

import math

import numpy as np

from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.quantization.histogram import Histogram

QMIN, QMAX = -128, 127
_SMALLEST_SCALE = 2.0**-100  # keeps 1 / scale and products of scales normal in float32


def params_from_range(low: float, high: float) -> QuantParams:
    """Asymmetric int8 parameters over [low, high], widened to include zero, which is exact.

    The scheme of the TFLite 8-bit quantization specification and of ONNX QuantizeLinear. A range
    that starts at zero uses all of [-128, 127]. The scale is a float32 number.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return QuantParams(1.0, 0)
    scale = float(np.float32(max((high - low) / (QMAX - QMIN), _SMALLEST_SCALE)))
    zero_point = round(QMIN - low / scale)
    return QuantParams(scale, max(QMIN, min(QMAX, zero_point)))


def quantize(values: np.ndarray, params: QuantParams) -> np.ndarray:
    """int8, round half to even, saturating (ONNX QuantizeLinear)."""
    scaled: np.ndarray = np.rint(np.asarray(values, np.float32) / np.float32(params.scale))
    return np.clip(scaled + params.zero_point, QMIN, QMAX).astype(np.int8)


def dequantize(values: np.ndarray, params: QuantParams) -> np.ndarray:
    """float32 (ONNX DequantizeLinear)."""
    return (values.astype(np.int32) - params.zero_point).astype(np.float32) * np.float32(
        params.scale
    )


def squared_error(histogram: Histogram, params: QuantParams) -> float:
    """Sum over the values seen of (value - its int8 representation)²."""
    return weighted_error(*histogram.occupied(), params)


def weighted_error(values: np.ndarray, counts: np.ndarray, params: QuantParams) -> float:
    """Sum over float64 values, each seen so many times, of (value - its int8 representation)²."""
    quantized = np.clip(
        np.rint(values / params.scale), QMIN - params.zero_point, QMAX - params.zero_point
    )
    return float(((quantized * params.scale - values) ** 2 * counts).sum())


def signal_to_noise(histogram: Histogram, params: QuantParams) -> float:
    """Power of the values over power of their int8 error, in decibels; infinite without error."""
    signal = float((histogram.centers**2 * histogram.counts).sum())
    noise = squared_error(histogram, params)
    if noise == 0.0:
        return math.inf
    return 10.0 * math.log10(signal / noise) if signal else -math.inf
