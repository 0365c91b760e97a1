"""Normalizations and softmax."""

import numpy as np


def _normalized(x, axes, epsilon):
    mean = x.mean(axes, keepdims=True)
    return (x - mean) / np.sqrt(((x - mean) ** 2).mean(axes, keepdims=True) + epsilon)


def _instance_norm(x, epsilon, gamma=None, beta=None):
    along = (1, -1, *[1] * (x.ndim - 2))
    y = _normalized(x, tuple(range(2, x.ndim)), epsilon)
    y = y if gamma is None else y * gamma.reshape(along)
    return y if beta is None else y + beta.reshape(along)


def _layer_norm(x, axes, epsilon, gamma=None, beta=None):
    axes = tuple(map(int, axes))
    assert axes == tuple(range(x.ndim - len(axes), x.ndim))
    y = _normalized(x, axes, epsilon)
    y = y if gamma is None else y * gamma
    return y if beta is None else y + beta


def _local_response_norm(x, size, alpha, beta, k):
    half, channels = int(size) // 2, x.shape[1]
    total = np.zeros_like(x)
    for channel in range(channels):
        near = x[:, max(0, channel - half) : channel + half + 1]
        total[:, channel] = (near**2).sum(axis=1)
    return x / (k + alpha / int(size) * total) ** beta


def _softmax(x, axis):
    shifted = np.exp(x - x.max(int(axis), keepdims=True))
    return shifted / shifted.sum(int(axis), keepdims=True)


OPERATIONS = {
    "instance_norm": _instance_norm,
    "layer_norm": _layer_norm,
    "local_response_norm": _local_response_norm,
    "softmax": _softmax,
}
