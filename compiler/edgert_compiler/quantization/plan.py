"""The outcome of quantization: what is int8, with which parameters, and why the rest is not."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from edgert_compiler.graph.quantization import QuantParams

# A value between a product and its activation is quantized under the name of the node's output with
# this suffix, where the activation is a table look-up on int8.
PREACTIVATION = "#preactivation"

WEIGHT_LIMITS = (-127, 127)  # of weights that edgert quantizes itself


class Precision(enum.Enum):
    """How one node computes."""

    FLOAT = "float"
    INT8 = "int8"
    DYNAMIC = "dynamic"  # int8 weights, activations quantized while running, float out
    WEIGHTS = "int8 weights"  # dequantized before they are used: smaller, computed in float


@dataclass(frozen=True)
class Decision:
    """The precision of one node; `reason` says why where it is not INT8."""

    precision: Precision
    reason: str = ""


@dataclass(frozen=True, eq=False)
class WeightParams:
    """Symmetric weight quantization: scale[c] per index of `axis`, real = q * scale[c].

    `limits`: the smallest and the largest q. Where a model gives weights a zero point, q is what is
    left without it, and may need a sign beside its eight bits.
    """

    scale: np.ndarray
    axis: int
    limits: tuple[int, int] = WEIGHT_LIMITS


@dataclass(frozen=True, eq=False)
class QuantizationPlan:
    """Parameters by ONNX value name, decisions by node name. The default plan is all float.

    `activations` has an entry for every value that an int8 node reads, and for the outputs of int8
    nodes that are no products; an int8 product (convolution, matrix product) whose output has none
    writes float. Where such an output has an entry and the fused activation is no clamp, the value
    before the activation may have one too, under the output's name + PREACTIVATION; without it the
    activation computes in float. Of the values in `rounded` every reader sees what int8 can hold,
    float operators too; the float readers of others may see the numbers before rounding.
    `weights` has an entry for the weights of every product that is not float.
    """

    activations: Mapping[str, QuantParams] = field(default_factory=dict)
    weights: Mapping[str, WeightParams] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    rounded: frozenset[str] = frozenset()

    def precision(self, node_name: str) -> Precision:
        """How the node computes; FLOAT where the plan does not mention it."""
        decision = self.decisions.get(node_name)
        return decision.precision if decision else Precision.FLOAT
