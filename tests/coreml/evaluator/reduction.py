"""Reductions, cumulative sums, sorting, and the choice of a class."""

import numpy as np


def _over_axes(function):
    def reduce(x, axes, keep_dims):
        return function(x, axis=tuple(map(int, axes)), keepdims=bool(keep_dims))

    return reduce


def _over_axis(function):
    def reduce(x, axis, keep_dims, output_dtype="int32"):
        assert output_dtype == "int32"
        return function(x, axis=int(axis), keepdims=bool(keep_dims))

    return reduce


def _log_sum_exp(x, axis, keepdims):
    top = x.max(axis, keepdims=True)
    result = np.log(np.exp(x - top).sum(axis, keepdims=True)) + top
    return result if keepdims else result.squeeze(axis)


def _cumsum(x, axis, exclusive, reverse):
    axis = int(axis)
    values = np.flip(x, axis) if reverse else x
    total = np.cumsum(values, axis, dtype=x.dtype)
    total = total - values if exclusive else total
    return np.flip(total, axis) if reverse else total


def _topk(x, k, axis, ascending, sort=True, return_indices=True, output_indices_dtype="int32"):
    assert sort
    assert return_indices
    assert output_indices_dtype == "int32"
    order = np.argsort(x if ascending else -x, axis=int(axis), kind="stable")
    order = np.take(order, np.arange(int(k)), axis=int(axis))
    return np.take_along_axis(x, order, axis=int(axis)), order


def _classify(probabilities, classes):
    flat = probabilities.reshape(-1)
    assert flat.size == len(classes)
    return classes[int(flat.argmax())], dict(zip(classes, flat.tolist()))


OPERATIONS = {
    "classify": _classify,
    "cumsum": _cumsum,
    "reduce_argmax": _over_axis(np.argmax),
    "reduce_argmin": _over_axis(np.argmin),
    "reduce_l1_norm": _over_axes(lambda x, **kw: np.abs(x).sum(**kw, dtype=x.dtype)),
    "reduce_l2_norm": _over_axes(lambda x, **kw: np.sqrt((x * x).sum(**kw))),
    "reduce_log_sum": _over_axes(lambda x, **kw: np.log(x.sum(**kw))),
    "reduce_log_sum_exp": _over_axes(_log_sum_exp),
    "reduce_max": _over_axes(np.max),
    "reduce_mean": _over_axes(np.mean),
    "reduce_min": _over_axes(np.min),
    "reduce_prod": _over_axes(lambda x, **kw: np.prod(x, **kw, dtype=x.dtype)),
    "reduce_sum": _over_axes(lambda x, **kw: np.sum(x, **kw, dtype=x.dtype)),
    "reduce_sum_square": _over_axes(lambda x, **kw: (x * x).sum(**kw, dtype=x.dtype)),
    "topk": _topk,
}
