"""Resize."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.interpolation import outside
from edgert_compiler.graph.nodes import required
from edgert_compiler.graph.resampling import axes_of, mode_of
from edgert_compiler.graph.types import BYTE, FLOAT, unsupported_dynamic
from edgert_compiler.operators.base import Operator, QuantizationRole


class Resize(Operator):
    """In int8 too, but in float where a region reaches beyond the image."""

    op_type = "Resize"
    types = FLOAT | BYTE

    def unsupported(self, node: ir.Node) -> str | None:
        if unsupported_dynamic(node, 1, "the region of interest"):
            return (
                "its region of interest is computed at run time; it must be a constant, or be "
                "sampled by RoiAlign or GridSample"
            )
        return (
            super().unsupported(node)
            or unsupported_dynamic(node, 2, "the scales")
            or unsupported_dynamic(node, 3, "the sizes")
            or _unsupported_extrapolation(node)
        )

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.FLOAT if extrapolates(node) else QuantizationRole.PRESERVE


def inside(node: ir.Node) -> list[np.ndarray]:
    """Of each axis, which output positions lie inside of the image."""
    return [~outside(axis, mode_of(node)) for axis in axes_of(node)]


def extrapolates(node: ir.Node) -> bool:
    """Whether an output position lies outside of the image."""
    return not all(positions.all() for positions in inside(node))


def _unsupported_extrapolation(node: ir.Node) -> str | None:
    if extrapolates(node) and required(node, 0).dtype not in FLOAT:
        return "its region of interest reaches beyond the image, for which x must be float"
    return None
