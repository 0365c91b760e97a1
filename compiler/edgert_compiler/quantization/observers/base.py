"""What an observer is."""

from __future__ import annotations

import abc
from typing import ClassVar

from edgert_compiler.quantization.histogram import Histogram


class Observer(abc.ABC):
    """Chooses the range of real values that int8 shall cover."""

    name: ClassVar[str]

    @abc.abstractmethod
    def range(self, histogram: Histogram) -> tuple[float, float]:
        """(low, high) with low <= 0 <= high, within the extremes; the histogram is not empty."""


def extremes(histogram: Histogram) -> tuple[float, float]:
    """The smallest and largest value seen, and zero."""
    return min(histogram.minimum, 0.0), max(histogram.maximum, 0.0)
