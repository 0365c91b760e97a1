"""What the Q/DQ nodes of an imported model say about values of the float model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edgert.compiler.program.ir import QuantParams
from edgert.compiler.quantization.plan import WeightParams


@dataclass(frozen=True, eq=False)
class Prescription:
    """Parameters and reasons, by value name.

    Attributes:
        activations: parameters of values that int8 can hold.
        rounded: those of them that every reader sees as int8 has them, in whatever it computes.
        weights: scales of weights that are integers of at most eight bits and a sign.
        exact_weights: why other weights have no integer form; they are used as they are.
        wide: why values are never int8, though quantized: the graph rounds them by arithmetic.
        wide_inputs: graph inputs that are integers of more than eight bits.
        quantizes: whether activations are quantized at all.
    """

    activations: Mapping[str, QuantParams] = field(default_factory=dict)
    rounded: frozenset[str] = frozenset()
    weights: Mapping[str, WeightParams] = field(default_factory=dict)
    exact_weights: Mapping[str, str] = field(default_factory=dict)
    wide: Mapping[str, str] = field(default_factory=dict)
    wide_inputs: frozenset[str] = frozenset()
    quantizes: bool = False

    def __bool__(self) -> bool:
        """Whether the model says how to compute its activations."""
        return self.quantizes
