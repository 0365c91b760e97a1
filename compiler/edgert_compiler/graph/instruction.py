"""The steps of elementwise arithmetic, which operators are made of and programs carry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instruction:
    """One step of a fused elementwise call, see docs/kernels.md."""

    op: str
    dst: int
    src: tuple[int, ...]
    immediates: tuple[float, ...] = ()
