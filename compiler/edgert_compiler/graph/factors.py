"""Reshapes taken apart into merges and splits of axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Factor:
    """Axes [start, stop) of the old shape that become axes [start, stop) of the new one."""

    old: tuple[int, int]
    new: tuple[int, int]


def factors(old: Sequence[int], new: Sequence[int]) -> list[Factor]:
    """The finest division of a reshape into independent merges and splits of neighbouring axes."""
    result = []
    i = j = 0
    while i < len(old) or j < len(new):
        start = (i, j)
        a = old[i] if i < len(old) else 1
        b = new[j] if j < len(new) else 1
        i, j = min(i + 1, len(old)), min(j + 1, len(new))
        while a != b:
            if a < b:
                a *= old[i]
                i += 1
            else:
                b *= new[j]
                j += 1
        result.append(Factor((start[0], i), (start[1], j)))
    return result
