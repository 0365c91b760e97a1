"""The outcome of quantization: what is int8, with which parameters, and why the rest is not."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from edgert.compiler.program.ir import QuantParams


class Precision(enum.Enum):
    """How one node computes."""

    FLOAT = "float"
    INT8 = "int8"
    DYNAMIC = "dynamic"  # int8 weights, activations quantized while running, float out


@dataclass(frozen=True)
class Decision:
    """The precision of one node; `reason` says why where it is not INT8."""

    precision: Precision
    reason: str = ""


@dataclass(frozen=True, eq=False)
class WeightParams:
    """Symmetric weight quantization: scale[c] per index of `axis`, real = q * scale[c]."""

    scale: np.ndarray
    axis: int


@dataclass(frozen=True, eq=False)
class QuantizationPlan:
    """Parameters by ONNX value name, decisions by node name. The default plan is all float.

    `weights` holds what a Q/DQ model prescribes; other weights are quantized from their own range.
    """

    activations: Mapping[str, QuantParams] = field(default_factory=dict)
    weights: Mapping[str, WeightParams] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)

    def precision(self, node_name: str) -> Precision:
        decision = self.decisions.get(node_name)
        return decision.precision if decision else Precision.FLOAT
