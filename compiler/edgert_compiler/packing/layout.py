"""The sizes that all packed layouts share, and per-channel vectors. See docs/kernels.md."""

from __future__ import annotations

import numpy as np

BLOCK = 16  # output channels that a microkernel computes together
STEP = 4  # consecutive products of the int8 dot-product instructions


def pad_axis(array: np.ndarray, axis: int, multiple: int) -> np.ndarray:
    """`array` with zeros appended along `axis` up to a multiple of `multiple`."""
    missing = -array.shape[axis] % multiple
    if not missing:
        return array
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, missing)
    return np.pad(array, widths)


def pack_channels(vector: np.ndarray, groups: int = 1) -> np.ndarray:
    """Per-channel values [O] as [groups, blocks * 16]: each group zero-padded to whole blocks."""
    if vector.ndim != 1 or vector.shape[0] % groups:
        raise ValueError(f"{vector.shape} is not a vector over {groups} equal groups")
    return pad_axis(vector.reshape(groups, -1), 1, BLOCK)
