"""Weights of conv2d_*: [group][block of 16 output channels][K/4][16][4] s8, [..][K][16] f32.

K runs over (kernel row, kernel column, input channel).
"""

from __future__ import annotations

import numpy as np

from edgert.compiler.packing.layout import BLOCK, STEP, pack_channels, pad_axis


def pack_conv_s8(weights: np.ndarray, groups: int = 1) -> np.ndarray:
    """Packs ONNX weights s8 [O, I/groups, KH, KW], values in [-127, 127], for conv2d_s8.

    Returns s8 [groups, blocks, K/4, 16, 4]: K zero-padded to a multiple of 4, the output channels
    of each group to a multiple of 16.
    """
    check_s8_range(weights)
    blocks = pad_axis(_blocks(weights, groups), 3, STEP)  # [G, B, 16, K]
    split = blocks.reshape(*blocks.shape[:3], -1, STEP)
    return np.ascontiguousarray(split.transpose(0, 1, 3, 2, 4))


def pack_conv_f32(weights: np.ndarray, groups: int = 1) -> np.ndarray:
    """Packs ONNX weights f32 [O, I/groups, KH, KW] as [groups, blocks, K, 16] for conv2d_f32."""
    return np.ascontiguousarray(_blocks(weights, groups).transpose(0, 1, 3, 2))


def weight_sum(weights: np.ndarray, groups: int = 1) -> np.ndarray:
    """s32 [groups, blocks * 16]: the sum of each output channel's weights s8 [O, ...]."""
    return pack_channels(weights.reshape(weights.shape[0], -1).sum(1, dtype=np.int32), groups)


def check_s8_range(weights: np.ndarray) -> None:
    """Raises ValueError unless the weights are s8 without -128, which the kernels rely on."""
    if weights.dtype != np.int8 or (weights.size and weights.min() < -127):
        raise ValueError("packed weights must be int8 in [-127, 127]")


def _blocks(weights: np.ndarray, groups: int) -> np.ndarray:
    """[O, I/G, KH, KW] -> [G, blocks, 16, KH*KW*I/G]"""
    outputs, inputs, height, width = weights.shape
    if outputs % groups:
        raise ValueError(f"{outputs} output channels do not divide into {groups} groups")
    rows = weights.transpose(0, 2, 3, 1).reshape(groups, outputs // groups, -1)
    padded = pad_axis(rows, 1, BLOCK)
    return padded.reshape(groups, -1, BLOCK, height * width * inputs)
