"""What the Q/DQ nodes of an imported model say about values of the float model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.quantization.plan import WeightParams


@dataclass(frozen=True, eq=False)
class Prescription:
    """Parameters and reasons, by value name.

    Attributes:
        activations: parameters of values that every reader sees as int8 has them, in whatever it
            computes.
        weights: scales of weights that are integers of at most eight bits and a sign.
        exact_weights: why other weights have no integer form; they are used as they are.
        blocked_weights: those that have scales of blocks.
        ported: parameters of the real numbers that bytes of the graph, its inputs for example,
            stand for. They say nothing about other values.
        wide: how values are quantized that int8 cannot hold; the graph rounds them by arithmetic.
        quantizes: whether the model says how to compute its activations.
    """

    activations: Mapping[str, QuantParams] = field(default_factory=dict)
    weights: Mapping[str, WeightParams] = field(default_factory=dict)
    exact_weights: Mapping[str, str] = field(default_factory=dict)
    blocked_weights: frozenset[str] = frozenset()
    ported: Mapping[str, QuantParams] = field(default_factory=dict)
    wide: Mapping[str, str] = field(default_factory=dict)
    quantizes: bool = False

    def wide_reason(self, name: str) -> str:
        """Why a value is not int8; empty where the model does not quantize it otherwise."""
        return f"the model quantizes '{name}' {self.wide[name]}" if name in self.wide else ""
