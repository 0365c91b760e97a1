"""Weights of conv2d_*: [group][block of 16 output channels][K/4][16][4] s8, [..][K][16] f32.

K runs over (kernel row, kernel column, input channel).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgert_compiler.packing.layout import BLOCK, STEP, pad_axis


def pack_conv_s8(weights: np.ndarray, groups: int = 1, full_range: bool = False) -> np.ndarray:
    """Packs ONNX weights s8 [O, I/groups, KH, KW] for conv2d_s8; -128 needs `full_range`.

    Returns s8 [groups, blocks, K/4, 16, 4]: K zero-padded to a multiple of 4, the output channels
    of each group to a multiple of 16.
    """
    check_s8_range(weights, full_range)
    blocks = pad_axis(_blocks(weights, groups), 3, STEP)  # [G, B, 16, K]
    split = blocks.reshape(*blocks.shape[:3], -1, STEP)
    return np.ascontiguousarray(split.transpose(0, 1, 3, 2, 4))


def pack_conv_f32(weights: np.ndarray, groups: int = 1) -> np.ndarray:
    """Packs ONNX weights f32 [O, I/groups, KH, KW] as [groups, blocks, K, 16] for conv2d_f32."""
    return np.ascontiguousarray(_blocks(weights, groups).transpose(0, 1, 3, 2))


def pack_conv_terms(
    terms: Sequence[np.ndarray], groups: int = 1, full_range: bool = False
) -> np.ndarray:
    """Packs weights that are sums, each term as `pack_conv_s8` does: K runs over them, too."""
    packed = [pack_conv_s8(term, groups, full_range) for term in terms]
    return np.concatenate(packed, axis=2)


def check_s8_range(weights: np.ndarray, full_range: bool = False) -> None:
    """Raises ValueError unless the weights are s8, without -128 where the kernels rely on that."""
    lowest = -128 if full_range else -127
    if weights.dtype != np.int8 or (weights.size and weights.min() < lowest):
        raise ValueError(f"packed weights must be int8 in [{lowest}, 127]")


def _blocks(weights: np.ndarray, groups: int) -> np.ndarray:
    """[O, I/G, KH, KW] -> [G, blocks, 16, KH*KW*I/G]"""
    outputs, inputs, height, width = weights.shape
    if outputs % groups:
        raise ValueError(f"{outputs} output channels do not divide into {groups} groups")
    rows = weights.transpose(0, 2, 3, 1).reshape(groups, outputs // groups, -1)
    padded = pad_axis(rows, 1, BLOCK)
    return padded.reshape(groups, -1, BLOCK, height * width * inputs)
