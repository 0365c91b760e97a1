"""How int8 stands for real numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QuantParams:
    """Per-tensor affine quantization: real = (q - zero_point) * scale."""

    scale: float
    zero_point: int
