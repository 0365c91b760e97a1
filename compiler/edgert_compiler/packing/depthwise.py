"""Weights of depthwise_conv2d_*.

s8 [block of 16 channels][K/4][16][4], K over (kernel column, kernel row), every column padded to
a multiple of 4 rows; f32 [block of 16][kernel row][kernel column][16].
"""

from __future__ import annotations

import numpy as np

from edgert_compiler.packing.conv import check_s8_range
from edgert_compiler.packing.layout import BLOCK, STEP, pad_axis


def pack_depthwise_s8(weights: np.ndarray) -> np.ndarray:
    """Packs ONNX weights s8 [C, 1, KH, KW] as [blocks, K/4, 16, 4].

    Of each channel one weight at most may be -128. Terms of weights that are sums follow each other
    along KH.
    """
    lowest = (weights == -128).reshape(weights.shape[0], -1).sum(1)
    check_s8_range(weights, full_range=not (lowest > 1).any())
    columns = pad_axis(_blocks(weights).transpose(0, 1, 3, 2), 3, STEP)  # [B, 16, KW, KH]
    split = columns.reshape(*columns.shape[:2], -1, STEP)
    return np.ascontiguousarray(split.transpose(0, 2, 1, 3))


def pack_depthwise_f32(weights: np.ndarray) -> np.ndarray:
    """Packs ONNX weights f32 [C, 1, KH, KW] as [blocks, KH, KW, 16]."""
    return np.ascontiguousarray(_blocks(weights).transpose(0, 2, 3, 1))


def _blocks(weights: np.ndarray) -> np.ndarray:
    """[C, 1, KH, KW] -> [blocks, 16, KH, KW]"""
    channels, multiplier, height, width = weights.shape
    if multiplier != 1:
        raise ValueError(f"depthwise weights have one input channel per group, not {multiplier}")
    return pad_axis(weights.reshape(channels, height, width), 0, BLOCK).reshape(
        -1, BLOCK, height, width
    )
