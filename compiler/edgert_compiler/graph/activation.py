"""Activations that are fused into products (fused.py): what each computes, and its limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import numbers, string


@dataclass(frozen=True)
class Activation:
    """The attributes ACTIVATION of a fused node (fused.py)."""

    name: str = ""
    params: tuple[float, ...] = ()

    @classmethod
    def of(cls, node: ir.Node) -> Activation:
        """The node's activation."""
        return cls(string(node, "activation", ""), numbers(node, "activation_params"))

    @property
    def is_clamp(self) -> bool:
        """Whether it is nothing but the limits of the output."""
        return self.name in _CLAMPS

    @property
    def limits(self) -> tuple[float, float]:
        """The clamp of the output, in real units."""
        if self.name == "relu":
            return 0.0, math.inf
        if self.name == "clip":
            return self.params[0], self.params[1]
        return -math.inf, math.inf

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The activation of each element, float64."""
        x = np.asarray(x, np.float64)
        if self.is_clamp:
            return np.clip(x, *self.limits)
        return _FUNCTIONS[self.name](x, *self.params)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _hard_sigmoid(x: np.ndarray, alpha: float = 1.0 / 6.0, beta: float = 0.5) -> np.ndarray:
    return np.clip(alpha * x + beta, 0.0, 1.0)


_CLAMPS = ("", "relu", "clip")
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

ACTIVATIONS = (*_CLAMPS, *_FUNCTIONS)
