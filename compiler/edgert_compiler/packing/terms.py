"""Integer weights that are no bytes in [-127, 127], as the int8 convolutions take them.

Models give weights zero points, and some use -128. Without its zero point a weight is an integer of
at most eight bits and a sign. It is stored as a byte and a zero point that all weights of a call
share, or else as a sum of bytes; the products are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LARGEST = 127
BYTES = 256


@dataclass(frozen=True)
class WeightForm:
    """weight = sum of `terms` bytes - zero_point.

    full_range: bytes may be -128. The default is what needs none of this.
    """

    terms: int = 1
    zero_point: int = 0
    full_range: bool = False

    @classmethod
    def of(cls, levels: np.ndarray) -> WeightForm:
        """The cheapest form of integers for conv2d_s8 and conv2d_dynamic_s8."""
        low, high = int(levels.min(initial=0)), int(levels.max(initial=0))
        if low >= -LARGEST - 1 and high <= LARGEST:
            return cls(full_range=low < -LARGEST)
        if high - low < BYTES:
            full_range = high - low == BYTES - 1
            lowest = -LARGEST - full_range
            zero_point = max(lowest - low, 0) or LARGEST - high
            return cls(1, zero_point, full_range)
        return cls.of_terms(low, high)

    @classmethod
    def of_depthwise(cls, levels: np.ndarray) -> WeightForm:
        """The form of integers [channels, ...] for depthwise_conv2d_s8.

        It has no zero point, and takes one -128 in each channel.
        """
        low, high = int(levels.min(initial=0)), int(levels.max(initial=0))
        lowest = (levels == -LARGEST - 1).reshape(levels.shape[0], -1).sum(1)
        fits = low >= -LARGEST - 1 and high <= LARGEST and not (lowest > 1).any()
        return cls() if fits else cls.of_terms(low, high)

    @classmethod
    def of_terms(cls, low: int, high: int) -> WeightForm:
        """As many terms as it takes for integers from low to high."""
        return cls(-(-max(-low, high) // LARGEST))

    def split(self, levels: np.ndarray) -> list[np.ndarray]:
        """The terms, int8, of equal size as far as possible."""
        rest = levels.astype(np.int32) + self.zero_point
        terms = []
        for left in range(self.terms, 0, -1):
            term = rest // left
            terms.append(term.astype(np.int8))
            rest = rest - term
        return terms
