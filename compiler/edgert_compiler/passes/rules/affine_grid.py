"""AffineGrid as a product with constant coordinates."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class AffineGrid(Rule):
    """Every position of the output, normalized, times the matrix of its image.

    AffineGrid(theta[N, 2, 3], size)   =>   Reshape(Transpose(theta x positions[3, H * W]))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"AffineGrid"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses sizes that are computed."""
        theta, size = node.inputs
        wanted = array_of(size)
        if theta is None or theta.dtype is None:
            return None
        if wanted is None:
            return Refusal("the size is computed while running")
        batch, _, *spatial = wanted.tolist()
        corners = bool(node.attributes.get_int("align_corners", 0))
        make = Composer(node)
        dtype = theta.dtype.numpy()
        positions = make.constant(_positions(spatial, corners).astype(dtype), "positions")
        grid = make.transpose(emit("MatMul", [theta, positions]), 0, 2, 1)
        return Rewrite((make.reshape(grid, (batch, *spatial, len(spatial))),))


def _positions(spatial: list[int], corners: bool) -> np.ndarray:
    """Normalized positions [rank + 1, pixels], the innermost axis first, then 1."""
    axes = []
    for size in spatial:
        steps = np.arange(size)
        if corners:
            axes.append(2 * steps / max(size - 1, 1) - 1)
        else:
            axes.append((2 * steps + 1) / size - 1)
    places = np.meshgrid(*axes, indexing="ij")
    return np.stack([*(p.reshape(-1) for p in reversed(places)), np.ones(places[0].size)])
