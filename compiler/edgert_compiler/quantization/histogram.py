"""A streaming histogram of one tensor's values in fixed memory.

Bin k covers [k * w, (k + 1) * w) with a width w that is a power of two, and the window of `BINS`
bins always includes zero. When a value falls outside the window the width doubles and neighbouring
bins merge. Widths and edges depend only on the extremes seen, so the histogram of a stream does not
depend on the order of its pieces, and two histograms merge exactly.
"""

from __future__ import annotations

import math

import numpy as np

BINS = 4096  # at least BINS / 2 are in use: 8 or more per int8 level


class Histogram:
    """Counts of the finite values of a tensor over many samples; mutable.

    `minimum` and `maximum` are exact. Exact zeros are counted in `zeros` and in no bin, as zero has
    no quantization error. NaN and infinities are counted in `nonfinite` and otherwise left out.
    """

    def __init__(self) -> None:
        self.counts = np.zeros(BINS, np.int64)
        self.exponent: int | None = None  # width = 2**exponent; None: no bin in use yet
        self.first = 0  # index k of counts[0]
        self.minimum = math.inf
        self.maximum = -math.inf
        self.zeros = 0
        self.nonfinite = 0

    def __len__(self) -> int:
        """Finite values seen."""
        return int(self.counts.sum()) + self.zeros

    @property
    def width(self) -> float:
        """Width of a bin; 0 while none is in use."""
        return 2.0**self.exponent if self.exponent is not None else 0.0

    @property
    def centers(self) -> np.ndarray:
        """float64 [BINS]: the middle of each bin."""
        return (self.first + np.arange(BINS) + 0.5) * self.width

    def occupied(self) -> tuple[np.ndarray, np.ndarray]:
        """Middles (float64) and counts of the bins that have values."""
        used = np.flatnonzero(self.counts)
        return self.centers[used], self.counts[used]

    def add(self, values: np.ndarray) -> None:
        """Counts every element of a floating-point array of any shape."""
        values = np.asarray(values).reshape(-1)
        if not values.size:
            return
        low, high = float(values.min()), float(values.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            finite = values[np.isfinite(values)]
            self.nonfinite += values.size - finite.size
            self.add(finite)
            return
        self.minimum, self.maximum = min(self.minimum, low), max(self.maximum, high)
        zeros = values.size - int(np.count_nonzero(values))
        self.zeros += zeros
        if low == high == 0.0:
            return
        self._cover(min(low, 0.0), max(high, 0.0))
        index = np.floor(values * values.dtype.type(1.0 / self.width)).astype(np.intp)
        self.counts += np.bincount(index - self.first, minlength=BINS)
        self.counts[-self.first] -= zeros

    def merge(self, other: Histogram) -> None:
        """Adds the counts of another histogram; exact."""
        self.zeros += other.zeros
        self.nonfinite += other.nonfinite
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        if other.exponent is None:
            return
        self._cover(min(other.minimum, 0.0), max(other.maximum, 0.0), other.exponent)
        shift = self.exponent - other.exponent  # type: ignore[operator]
        self.counts += _rebinned(other.counts, other.first, shift, self.first)

    def _cover(self, low: float, high: float, exponent: int = -126) -> None:
        """Widens the window, where needed, to include [low, high] and what it already includes."""
        if self.exponent is not None:
            low = min(low, self.minimum)
            high = max(high, self.maximum)
            exponent = max(exponent, self.exponent)
        low = min(low, 0.0)
        exponent = max(exponent, math.frexp((high - low) / BINS)[1] - 1)
        while math.floor(high * 2.0**-exponent) - math.floor(low * 2.0**-exponent) >= BINS:
            exponent += 1
        first = math.floor(low * 2.0**-exponent)
        if self.exponent is not None and (exponent, first) != (self.exponent, self.first):
            self.counts = _rebinned(self.counts, self.first, exponent - self.exponent, first)
        self.exponent, self.first = exponent, first


def _rebinned(counts: np.ndarray, first: int, shift: int, new_first: int) -> np.ndarray:
    """The same counts in bins 2**shift times as wide, in a window from bin `new_first` on."""
    used = np.flatnonzero(counts)
    index = ((used + first) >> shift) - new_first
    result = np.zeros(BINS, np.int64)
    np.add.at(result, index, counts[used])
    return result
