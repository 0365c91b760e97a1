"""Clip: limits as inputs (constant or not), or as attributes before opset 11."""

from __future__ import annotations

import math
from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.matching import scalar
from edgert_compiler.graph.nodes import array_of, number, optional
from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise

_LIMITS = ((1, "min", -math.inf), (2, "max", math.inf))


class Clip(Elementwise):
    op_type = "Clip"
    types = NUMERIC | DOUBLE

    def operands(self, node: ir.Node) -> Sequence[int]:
        return [0, *_run_time_limits(node)]

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        run_time = _run_time_limits(node)
        limits = tuple(
            default if index in run_time else _limit(node, index, name, default)
            for index, name, default in _LIMITS
        )
        clip = Instruction("clip", 0, (0,), limits)
        bounds = [
            Instruction("max" if index == 1 else "min", 0, (0, register))
            for register, index in enumerate(run_time, start=1)
        ]
        return (clip, *bounds)

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None] | None:
        low = scalar(optional(node, 1))
        return () if low is not None and low >= 0 else None


def _run_time_limits(node: ir.Node) -> list[int]:
    """Limits that are no constants, or more precise than those of an instruction."""
    values = ((index, optional(node, index)) for index in (1, 2))
    return [
        index
        for index, value in values
        if value is not None and (value.const_value is None or value.dtype in DOUBLE)
    ]


def _limit(node: ir.Node, index: int, name: str, default: float) -> float:
    array = array_of(optional(node, index))
    return number(node, name, default) if array is None else float(array.reshape(-1)[0])
