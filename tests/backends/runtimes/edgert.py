"""edgert's own kernels."""

from __future__ import annotations

import numpy as np

import edgert

from ..cases import Case
from ..runtime import Runtime, compile_case


class Edgert(Runtime):
    """A bundle in memory, loaded and run."""

    name = "edgert"
    legend = "compiled to a bundle for this machine, loaded and run on edgert's own kernels"

    def run(self, case: Case) -> list[np.ndarray]:
        report, feed = compile_case(case)
        return edgert.InferenceSession(report.bundle).run(None, feed)
