"""Pools, one window position at a time."""

import itertools

import numpy as np


def _windows(x, kernel, strides, pad, fill):
    """Yields, for each position in the window, what every window has there."""
    padded = np.pad(x, [(0, 0), (0, 0), *zip(pad[::2], pad[1::2])], constant_values=fill)
    outputs = [(n - int(k)) // int(s) + 1 for n, k, s in zip(padded.shape[2:], kernel, strides)]
    for position in itertools.product(*(range(int(k)) for k in kernel)):
        window = tuple(
            slice(p, p + (o - 1) * int(s) + 1, int(s))
            for p, o, s in zip(position, outputs, strides)
        )
        yield padded[(slice(None), slice(None), *window)]


def _max_pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode):
    assert pad_type == "custom"
    assert not ceil_mode
    result = None
    for part in _windows(x, kernel_sizes, strides, pad, -np.inf):
        result = part if result is None else np.maximum(result, part)
    return result


def _avg_pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode, exclude_padding_from_average):
    assert pad_type == "custom"
    assert not ceil_mode
    total = sum(_windows(x, kernel_sizes, strides, pad, 0.0))
    if exclude_padding_from_average:
        ones = np.ones((1, 1, *x.shape[2:]), np.float32)
        return total / sum(_windows(ones, kernel_sizes, strides, pad, 0.0))
    return total / np.float32(np.prod(kernel_sizes))


OPERATIONS = {"avg_pool": _avg_pool, "max_pool": _max_pool}
