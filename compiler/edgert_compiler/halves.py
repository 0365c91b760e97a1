"""Weights in half precision (`--precision fp16`): which tensors are stored so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgert._text import size

_TOLERANCE = 2.0**-10  # of ordinary weights, rounding to 11 bits loses a fifth of it


def to_halves(array: np.ndarray) -> np.ndarray | None:
    """A float array in float16, rounded half to even; None where that would not do.

    The root mean square of what rounding changes may be at most 1/1024 of that of the array. Where
    an element is beyond float16 (65504), or nearly all are below its normal numbers (6e-5), it is
    more. Elements that are not finite stay what they are.
    """
    with np.errstate(over="ignore", under="ignore"):
        halves = array.astype(np.float16)
    exact = array.astype(np.float64)
    finite = np.isfinite(exact)
    errors = halves[finite].astype(np.float64) - exact[finite]
    close = np.square(errors).sum() <= _TOLERANCE**2 * np.square(exact[finite]).sum()
    return halves if close else None


def notes(stored: int, kept: Sequence[str]) -> list[str]:
    """For the report. stored: bytes of float16; kept: nodes whose weights stay float32."""
    found = list(dict.fromkeys(kept))
    if not stored and not found:
        return ["the model has no weights to store in float16"]
    result = []
    if stored:
        result.append(f"weights are stored in float16 ({size(stored)}) and computed in float32")
    return [*result, wider(found)] if found else result


def wider(nodes: Sequence[str]) -> str:
    """The note about nodes whose weights stay float32."""
    names = ", ".join(f"'{name}'" for name in nodes[:3]) + (", ..." if len(nodes) > 3 else "")
    return f"weights stay in float32, as float16 does not hold their range: {names}"
