"""The range with the smallest mean squared quantization error."""

from __future__ import annotations

import numpy as np

from edgert_compiler.quantization.histogram import Histogram
from edgert_compiler.quantization.observers.base import Observer, extremes
from edgert_compiler.quantization.params import params_from_range, weighted_error

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
        bins = histogram.occupied()
        low, high = full_low, full_high = extremes(histogram)
        for _ in range(ROUNDS):
            if full_high:
                high = min(full_high * STEPS, key=lambda end: _error(bins, low, end))
            if full_low:
                low = min(full_low * STEPS, key=lambda end: _error(bins, end, high))
        return float(low), float(high)


def _error(bins: tuple[np.ndarray, np.ndarray], low: float, high: float) -> float:
    return weighted_error(*bins, params_from_range(low, high))
