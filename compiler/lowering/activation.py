"""Activations that are fused into convolutions: what each means to the kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert.compiler.lowering import attributes
from edgert.compiler.program.ir import Instruction, QuantParams

_CODES = {  # parameter `activation` of the float convolutions, docs/kernels.md
    "": 0,
    "relu": 0,
    "clip": 0,
    "leaky_relu": 1,
    "hard_swish": 2,
    "silu": 3,
    "sigmoid": 4,
    "tanh": 5,
    "hard_sigmoid": 6,
    "gelu": 7,
}


@dataclass(frozen=True)
class Activation:
    """The attributes ACTIVATION of a fused node (compiler/passes/fused.py)."""

    name: str = ""
    params: tuple[float, ...] = ()

    @classmethod
    def of(cls, node: ir.Node) -> Activation:
        """The node's activation."""
        return cls(
            attributes.string(node, "activation", ""),
            attributes.numbers(node, "activation_params"),
        )

    @property
    def is_clamp(self) -> bool:
        """Whether it is nothing but the limits of the output."""
        return _CODES[self.name] == 0

    @property
    def limits(self) -> tuple[float, float]:
        """The clamp of the output, in real units."""
        if self.name == "relu":
            return 0.0, math.inf
        if self.name == "clip":
            return self.params[0], self.params[1]
        return -math.inf, math.inf

    @property
    def kernel_params(self) -> dict[str, float | int]:
        """Parameters of the float convolutions."""
        alpha, beta = (*(() if self.is_clamp else self.params), 0.0, 0.0)[:2]
        low, high = self.limits
        return {
            "activation": _CODES[self.name],
            "alpha": alpha,
            "beta": beta,
            "act_min": low,
            "act_max": high,
        }

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """The same as an elementwise call on register 0."""
        return () if not self.name else (Instruction(self.name, 0, (0,), self.params),)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The activation of each element, float64."""
        x = np.asarray(x, np.float64)
        if self.is_clamp:
            return np.clip(x, *self.limits)
        return _FUNCTIONS[self.name](x, *self.params)


def lookup_table(activation: Activation, source: QuantParams, target: QuantParams) -> np.ndarray:
    """u8 [256], operand `lut` of the int8 convolutions.

    Entry i is the int8 result, as a byte, for the int8 value whose byte is i.
    """
    quantum = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float64)
    real = activation((quantum - source.zero_point) * source.scale)
    result = np.rint(real / target.scale) + target.zero_point
    return np.clip(result, -128, 127).astype(np.int8).view(np.uint8)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _hard_sigmoid(x: np.ndarray, alpha: float = 1.0 / 6.0, beta: float = 0.5) -> np.ndarray:
    return np.clip(alpha * x + beta, 0.0, 1.0)


_erf = np.vectorize(math.erf, otypes=[np.float64])
_FUNCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "leaky_relu": lambda x, alpha: np.where(x < 0, alpha * x, x),
    "hard_swish": lambda x: x * _hard_sigmoid(x),
    "silu": lambda x: x * _sigmoid(x),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "hard_sigmoid": _hard_sigmoid,
    "gelu": lambda x: 0.5 * x * (1.0 + _erf(x / math.sqrt(2.0))),
}
