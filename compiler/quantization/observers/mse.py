"""The range with the smallest mean squared quantization error."""

from __future__ import annotations

import numpy as np

from edgert.compiler.quantization.histogram import Histogram
from edgert.compiler.quantization.observers.base import Observer, extremes
from edgert.compiler.quantization.params import params_from_range, squared_error

STEPS = np.linspace(1.0, 0.2, 81)  # candidate ends, as a share of the extreme
ROUNDS = 2


class MeanSquaredError(Observer):
    """Trades saturation against resolution.

    Coordinate descent over the two ends: each in turn takes the share of its extreme that gives the
    smallest sum of squared errors over the histogram.
    """

    name = "mse"

    def range(self, histogram: Histogram) -> tuple[float, float]:
        """The best ends on the grid of `STEPS`."""
        low, high = full_low, full_high = extremes(histogram)
        for _ in range(ROUNDS):
            if full_high:
                high = min(full_high * STEPS, key=lambda end: _error(histogram, low, end))
            if full_low:
                low = min(full_low * STEPS, key=lambda end: _error(histogram, end, high))
        return float(low), float(high)


def _error(histogram: Histogram, low: float, high: float) -> float:
    return squared_error(histogram, params_from_range(low, high))
