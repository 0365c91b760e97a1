"""Resizing of the last two axes."""

import numpy as np


def _points(mode, count, wanted):
    """Where the samples lie on [0, count - 1]."""
    i = np.arange(wanted, dtype=np.float64)
    if mode == "UNALIGN_CORNERS":
        spacing = count / wanted
        points = i * spacing + 0.5 * spacing - 0.5
    elif mode == "OFFSET_CORNERS":
        delta = max(1, count - 1) / wanted
        points = 0.5 * delta + i * delta
    elif mode == "DEFAULT":
        points = i * ((count - count / wanted) / (wanted - 1) if wanted > 1 else 0.0)
    elif mode == "ALIGN_CORNERS" and wanted == 1:
        points = np.array([(count - 1) / 2])
    else:
        assert mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS")
        points = i * ((count - 1) / (wanted - 1) if wanted > 1 else 0.0)
    return np.clip(points, 0, count - 1)


def _interpolated(x, axis, points):
    low = np.floor(points).astype(int)
    high = np.minimum(low + 1, x.shape[axis] - 1)
    along = [1] * x.ndim
    along[axis] = -1
    part = (points - low).astype(np.float32).reshape(along)
    return np.take(x, low, axis) * (1 - part) + np.take(x, high, axis) * part


def _resize_bilinear(x, target_size_height, target_size_width, sampling_mode):
    rows = _points(sampling_mode, x.shape[-2], int(target_size_height))
    columns = _points(sampling_mode, x.shape[-1], int(target_size_width))
    return _interpolated(_interpolated(x, x.ndim - 2, rows), x.ndim - 1, columns)


def _upsample_nearest(x, scale_factor_height, scale_factor_width):
    for axis, factor in ((-2, scale_factor_height), (-1, scale_factor_width)):
        assert float(factor).is_integer()
        x = np.repeat(x, int(factor), axis)
    return x


OPERATIONS = {"resize_bilinear": _resize_bilinear, "upsample_nearest_neighbor": _upsample_nearest}
