"""The range without the outermost values."""

from __future__ import annotations

import numpy as np

from edgert_compiler.quantization.histogram import Histogram
from edgert_compiler.quantization.observers.base import Observer, extremes

TAIL = 1e-5  # share of all values that may saturate at each end


class Percentile(Observer):
    """Leaves out `TAIL` of the values at each end, to the resolution of the histogram."""

    name = "percentile"

    def range(self, histogram: Histogram) -> tuple[float, float]:
        """The bins in which the tails end."""
        low, high = extremes(histogram)
        if histogram.exponent is None:
            return low, high
        counts = histogram.counts.copy()
        counts[-histogram.first] += histogram.zeros
        below = np.cumsum(counts)
        tail = TAIL * below[-1]
        first = int(np.searchsorted(below, tail, side="right"))
        last = int(np.searchsorted(below, below[-1] - tail, side="left"))
        edge = histogram.first + np.array([first, last + 1])
        return (
            min(max(low, edge[0] * histogram.width), 0.0),
            max(min(high, edge[1] * histogram.width), 0.0),
        )
