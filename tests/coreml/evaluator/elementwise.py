"""Activations, arithmetic, comparisons and casts."""

import math

import numpy as np

_erf = np.vectorize(math.erf, otypes=[np.float64])


def _gelu(x, mode="EXACT"):
    if mode == "TANH_APPROXIMATION":
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    assert mode == "EXACT"
    return (0.5 * x * (1 + _erf(x / np.sqrt(2)))).astype(x.dtype)


def _prelu(x, alpha):
    slope = alpha.reshape(1, -1, *[1] * (x.ndim - 2))
    return np.where(x > 0, x, slope * x)


def _cast(x, dtype):
    wanted = {"fp16": np.float16, "fp32": np.float32, "int32": np.int32, "bool": np.bool_}[dtype]
    return x.astype(wanted)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


OPERATIONS = {
    "abs": lambda x: np.abs(x),
    "acos": lambda x: np.arccos(x),
    "add": lambda x, y: x + y,
    "asin": lambda x: np.arcsin(x),
    "atan": lambda x: np.arctan(x),
    "atanh": lambda x: np.arctanh(x),
    "cast": _cast,
    "ceil": lambda x: np.ceil(x),
    "clip": lambda x, alpha, beta: np.clip(x, alpha, beta),
    "cos": lambda x: np.cos(x),
    "cosh": lambda x: np.cosh(x),
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "equal": lambda x, y: x == y,
    "erf": lambda x: _erf(x).astype(x.dtype),
    "exp": lambda x: np.exp(x),
    "floor": lambda x: np.floor(x),
    "gelu": _gelu,
    "greater": lambda x, y: x > y,
    "greater_equal": lambda x, y: x >= y,
    "identity": lambda x: x,
    "leaky_relu": lambda x, alpha: np.where(x >= 0, x, alpha * x),
    "less": lambda x, y: x < y,
    "less_equal": lambda x, y: x <= y,
    "log": lambda x, epsilon: np.log(x + epsilon),
    "logical_and": lambda x, y: x & y,
    "logical_not": lambda x: ~x,
    "logical_or": lambda x, y: x | y,
    "logical_xor": lambda x, y: x ^ y,
    "maximum": lambda x, y: np.maximum(x, y),
    "minimum": lambda x, y: np.minimum(x, y),
    "mod": lambda x, y: np.mod(x, y),
    "mul": lambda x, y: x * y,
    "not_equal": lambda x, y: x != y,
    "pow": lambda x, y: np.power(x, y),
    "prelu": _prelu,
    "real_div": lambda x, y: x / y,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
    "round": lambda x: np.round(x),
    "select": lambda cond, a, b: np.where(cond, a, b),
    "sigmoid": _sigmoid,
    "sigmoid_hard": lambda x, alpha, beta: np.clip(alpha * x + beta, 0, 1),
    "sign": lambda x: np.sign(x),
    "silu": lambda x: x * _sigmoid(x),
    "sin": lambda x: np.sin(x),
    "sinh": lambda x: np.sinh(x),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "sqrt": lambda x: np.sqrt(x),
    "square": lambda x: x * x,
    "sub": lambda x, y: x - y,
    "tan": lambda x: np.tan(x),
    "tanh": lambda x: np.tanh(x),
}
