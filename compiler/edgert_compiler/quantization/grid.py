"""Recognizes numbers that are integers times a scale for each channel.

Weights that a model has as integers may have been cut, joined, or multiplied by a factor per output
channel since. They are still integers times some scale, and int8 can have them without rounding.
"""

from __future__ import annotations

import numpy as np

_LEVELS = 255  # the largest integer
_TOLERANCE = 1e-3  # of an integer; float32 products of integers and scales are within 1e-4
_SAMPLE = 48  # elements of a channel that are looked at first
_CHANNELS = 64  # at a time


def grid_scales(rows: np.ndarray) -> np.ndarray | None:
    """float64 [channels]: the largest scales of which rows [channels, elements] are multiples.

    0 for channels of zeros. None where a channel has no scale with multiples up to 255.
    """
    found = [_scales(part) for part in _parts(rows.astype(np.float64))]
    return None if any(part is None for part in found) else np.concatenate(found)  # type: ignore[arg-type]


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + _CHANNELS] for start in range(0, max(len(rows), 1), _CHANNELS)]


def _scales(rows: np.ndarray) -> np.ndarray | None:
    largest = np.abs(rows).max(1, initial=0)
    candidates = largest[:, None] / np.arange(1, _LEVELS + 1)  # the largest scale first
    step = max(1, rows.shape[1] // _SAMPLE)
    sample = _are_multiples(rows[:, None, ::step], candidates)
    scales = np.zeros(len(rows))
    for channel in np.flatnonzero(largest):
        likely = candidates[channel, sample[channel]]
        fits = _are_multiples(rows[channel][None], likely)
        if not fits.any():
            return None
        scales[channel] = likely[np.argmax(fits)]
    return scales


def _are_multiples(numbers: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Whether all numbers along the last axis are multiples of a scale."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = numbers / scales[..., None]
    return np.asarray(np.all(np.abs(ratio - np.rint(ratio)) < _TOLERANCE, axis=-1))
