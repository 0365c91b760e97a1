"""What moves data."""

import numpy as np


def _pad(x, pad, mode, constant_val):
    count = len(pad) // 2
    pairs = [(0, 0)] * (x.ndim - count) + list(zip(pad[::2], pad[1::2]))
    if mode == "constant":
        return np.pad(x, pairs, constant_values=constant_val)
    assert count <= 2, "Core ML reflects and replicates the last two axes only"
    return np.pad(x, pairs, {"reflect": "reflect", "replicate": "edge"}[mode])


def _slice_by_index(x, begin, end, stride, begin_mask=None, end_mask=None, squeeze_mask=None):
    for mask in (begin_mask, end_mask, squeeze_mask):
        assert mask is None or not np.any(mask)
    assert np.all(stride > 0)
    return x[tuple(slice(*map(int, axis)) for axis in zip(begin, end, stride))]


def _split(x, split_sizes, axis):
    return tuple(np.split(x, np.cumsum(split_sizes)[:-1], axis=int(axis)))


def _gather(x, indices, axis, batch_dims=0, validate_indices=False):
    assert not batch_dims
    assert indices.min() >= 0, "negative indices are not defined"
    assert indices.max() < x.shape[int(axis)]
    return np.take(x, indices, axis=int(axis))


def _depth_to_space(x, block_size):
    """Depth is [block row, block column, channel], as in TensorFlow."""
    n, c, h, w = x.shape
    b = int(block_size)
    blocks = x.reshape(n, b, b, c // b**2, h, w)
    return blocks.transpose(0, 3, 4, 1, 5, 2).reshape(n, c // b**2, h * b, w * b)


def _space_to_depth(x, block_size):
    n, c, h, w = x.shape
    b = int(block_size)
    blocks = x.reshape(n, c, h // b, b, w // b, b)
    return blocks.transpose(0, 3, 5, 1, 2, 4).reshape(n, c * b**2, h // b, w // b)


def _pixel_shuffle(x, upscale_factor):
    """Depth is [channel, block row, block column], as in PyTorch."""
    n, c, h, w = x.shape
    f = int(upscale_factor)
    blocks = x.reshape(n, c // f**2, f, f, h, w)
    return blocks.transpose(0, 1, 4, 2, 5, 3).reshape(n, c // f**2, h * f, w * f)


def _concat(values, axis, interleave):
    assert not interleave
    values = values if isinstance(values, list) else [values]
    return np.concatenate(values, axis=int(axis))


def _squeeze(x, axes=None):
    return x.squeeze(None if axes is None else tuple(map(int, axes)))


OPERATIONS = {
    "concat": _concat,
    "depth_to_space": _depth_to_space,
    "expand_dims": lambda x, axes: np.expand_dims(x, tuple(map(int, axes))),
    "gather": _gather,
    "pad": _pad,
    "pixel_shuffle": _pixel_shuffle,
    "reshape": lambda x, shape: x.reshape([int(n) for n in shape]),
    "reverse": lambda x, axes: np.flip(x, tuple(map(int, axes))),
    "slice_by_index": _slice_by_index,
    "space_to_depth": _space_to_depth,
    "split": _split,
    "squeeze": _squeeze,
    "tile": lambda x, reps: np.tile(x, [int(n) for n in reps]),
    "transpose": lambda x, perm: x.transpose([int(n) for n in perm]),
}
