"""Operators that ONNX's reference implementation does not compute for every valid input."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx.reference.op_run import OpRun


class GatherElements(OpRun):
    """GatherElements where the other axes of the indices are shorter than the data's, or the data
    has more places along the axis than `np.choose` takes. Raises IndexError for a wrong index."""

    op_domain = ""

    def _run(self, data: Any, indices: Any, axis: int | None = None) -> tuple[np.ndarray]:
        along = (axis or 0) % data.ndim
        nearby = tuple(
            slice(None) if place == along else slice(size)
            for place, size in enumerate(indices.shape)
        )
        return (np.take_along_axis(data[nearby], indices.astype(np.int64), along),)


CORRECTED: list[type[OpRun]] = [GatherElements]
