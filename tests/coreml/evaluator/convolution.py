"""Convolutions of one to three spatial dimensions, one kernel position at a time."""

import itertools

import numpy as np


def _conv(x, weight, strides, pad_type, pad, dilations, groups, bias=None):
    assert pad_type == "custom"
    kernel, spatial = weight.shape[2:], x.ndim - 2
    padded = np.pad(x, [(0, 0), (0, 0), *zip(pad[::2], pad[1::2])])
    reach = [(k - 1) * int(d) + 1 for k, d in zip(kernel, dilations)]
    outputs = [(n - r) // int(s) + 1 for n, r, s in zip(padded.shape[2:], reach, strides)]
    batch, channels = x.shape[0], weight.shape[0]
    groups = int(groups)
    filters = weight.reshape(groups, channels // groups, -1, *kernel)
    total = np.zeros((batch, groups, channels // groups, int(np.prod(outputs))), np.float32)
    for position in itertools.product(*map(range, kernel)):
        window = tuple(
            slice(p * int(d), p * int(d) + (o - 1) * int(s) + 1, int(s))
            for p, d, o, s in zip(position, dilations, outputs, strides)
        )
        columns = padded[(slice(None), slice(None), *window)]
        columns = columns.reshape(batch, groups, -1, total.shape[-1])
        total += _product(filters[(..., *position)], columns)
    y = total.reshape(batch, channels, *outputs)
    return y if bias is None else y + bias.reshape(1, -1, *[1] * spatial)


def _product(matrix, columns):
    """[G, O, I] times [N, G, I, P]."""
    if matrix.shape[-1] == 1:
        return matrix[None] * columns
    return matrix[None] @ columns


def _conv_transpose(x, weight, strides, pad_type, pad, dilations, groups, bias=None):
    assert pad_type == "custom"
    kernel, spatial = weight.shape[2:], x.ndim - 2
    groups = int(groups)
    channels = weight.shape[1] * groups
    full = [
        (n - 1) * int(s) + (k - 1) * int(d) + 1
        for n, s, k, d in zip(x.shape[2:], strides, kernel, dilations)
    ]
    total = np.zeros((x.shape[0], channels, *full), np.float32)
    filters = weight.reshape(groups, -1, *weight.shape[1:])
    columns = x.reshape(x.shape[0], groups, x.shape[1] // groups, -1)
    for position in itertools.product(*map(range, kernel)):
        matrix = filters[(..., *position)].swapaxes(1, 2)
        part = _product(matrix, columns).reshape(x.shape[0], channels, *x.shape[2:])
        window = tuple(
            slice(p * int(d), p * int(d) + (n - 1) * int(s) + 1, int(s))
            for p, d, n, s in zip(position, dilations, x.shape[2:], strides)
        )
        total[(slice(None), slice(None), *window)] += part
    inside = tuple(slice(int(b), n - int(e)) for b, e, n in zip(pad[::2], pad[1::2], full))
    y = total[(slice(None), slice(None), *inside)]
    return y if bias is None else y + bias.reshape(1, -1, *[1] * spatial)


OPERATIONS = {"conv": _conv, "conv_transpose": _conv_transpose}
