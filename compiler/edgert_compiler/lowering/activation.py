"""Activations that are fused into convolutions: what each means to the kernels."""

from __future__ import annotations

import numpy as np

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.quantization import QuantParams

_CODES = {  # parameter `activation` of the float convolutions, docs/kernels.md; 0 for the clamps
    "leaky_relu": 1,
    "hard_swish": 2,
    "silu": 3,
    "sigmoid": 4,
    "tanh": 5,
    "hard_sigmoid": 6,
    "gelu": 7,
}


def kernel_params(activation: Activation) -> dict[str, float | int]:
    """Parameters of the float convolutions."""
    clamps = activation.is_clamp
    alpha, beta = (*(() if clamps else activation.params), 0.0, 0.0)[:2]
    low, high = activation.limits
    return {
        "activation": 0 if clamps else _CODES[activation.name],
        "alpha": alpha,
        "beta": beta,
        "act_min": low,
        "act_max": high,
    }


def instructions(activation: Activation) -> tuple[Instruction, ...]:
    """The same as an elementwise call on register 0."""
    return (Instruction(activation.name, 0, (0,), activation.params),) if activation.name else ()


def lookup_table(activation: Activation, source: QuantParams, target: QuantParams) -> np.ndarray:
    """u8 [256], operand `lut` of the int8 convolutions.

    Entry i is the int8 result, as a byte, for the int8 value whose byte is i.
    """
    quantum = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float64)
    real = activation((quantum - source.zero_point) * source.scale)
    result = np.rint(real / target.scale) + target.zero_point
    return np.clip(result, -128, 127).astype(np.int8).view(np.uint8)
