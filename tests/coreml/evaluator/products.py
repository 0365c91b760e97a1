"""Matrix products."""

import numpy as np


def _linear(x, weight, bias=None):
    y = x @ weight.T
    return y if bias is None else y + bias


def _matmul(x, y, transpose_x=False, transpose_y=False):
    x = np.swapaxes(x, -1, -2) if transpose_x else x
    y = np.swapaxes(y, -1, -2) if transpose_y else y
    return x @ y


OPERATIONS = {"linear": _linear, "matmul": _matmul}
