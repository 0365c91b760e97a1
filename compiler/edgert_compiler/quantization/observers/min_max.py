"""The full range."""

from __future__ import annotations

from edgert_compiler.quantization.histogram import Histogram
from edgert_compiler.quantization.observers.base import Observer, extremes


class MinMax(Observer):
    """Everything seen: nothing saturates, and one outlier costs resolution everywhere."""

    name = "min_max"

    def range(self, histogram: Histogram) -> tuple[float, float]:
        """Both extremes."""
        return extremes(histogram)
