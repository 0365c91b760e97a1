"""Runs kernel programs with numpy: docs/kernels.md written a second time, for tests.

Slow and plain. It knows the documented layouts, and nothing of ONNX.
Operators of `elementwise` are numpy functions; add one where a test needs it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import ml_dtypes
import numpy as np
from numpy.lib.stride_tricks import as_strided
from onnx.numpy_helper import to_float8e8m0

from edgert_compiler.program.ir import KernelCall, Program, Storage, Tensor

Arrays = list["np.ndarray | None"]
KERNELS: dict[str, Callable[[KernelCall, Arrays, list[np.ndarray]], None]] = {}


def run(program: Program, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The outputs of the program for inputs by name."""
    memory = {id(buffer): _bytes(program, buffer, inputs) for buffer in program.buffers()}
    _run(program.calls, None, memory)
    # No call writes an output without elements.
    outputs: dict[int, np.ndarray] = {
        i: np.empty(port.shape, port.dtype.numpy)
        for i, port in enumerate(program.outputs)
        if 0 in port.shape
    }
    for buffer in program.buffers():
        if buffer.storage == Storage.OUTPUT:
            port = program.outputs[buffer.port]
            raw = memory[id(buffer)][: math.prod(port.shape) * port.dtype.itemsize]
            outputs[buffer.port] = raw.view(port.dtype.numpy).reshape(port.shape)
    tellers = {teller for port in program.outputs for _, teller in port.sizes}
    return [
        _trimmed(outputs, i, port.sizes)
        for i, port in enumerate(program.outputs)
        if i not in tellers
    ]


def _trimmed(outputs, index, sizes):
    """The output, as large as other outputs tell that it is."""
    array = outputs[index]
    for axis, teller in sizes:
        array = np.take(array, range(int(outputs[teller][0])), axis)
    return array


def _run(calls, region, memory):
    """The calls of one region; bodies are found by their region, wherever they are."""
    for call in (call for call in calls if call.region is region):
        operands = [None if t is None else _view(memory, t) for t in call.inputs]
        results = [_view(memory, t) for t in call.outputs]
        if call.kernel == "if":
            _run(calls, call.bodies[0 if operands[0].item() else 1], memory)
        elif call.kernel == "loop":
            (trips, *condition), (number,) = operands, results
            for i in range(min(trips.item(), 1 << 20)):
                if any(c is not None and not c.item() for c in condition):
                    break
                number[...] = i
                _run(calls, call.bodies[0], memory)
        else:
            KERNELS[call.kernel](call, operands, results)


def _bytes(program, buffer, inputs):
    if buffer.storage == Storage.CONSTANT:
        return np.ascontiguousarray(buffer.data).reshape(-1).view(np.uint8)
    if buffer.storage == Storage.INPUT:
        port = program.inputs[buffer.port]
        array = np.asarray(inputs[port.name], port.dtype.numpy, order="C")
        assert array.shape == port.shape
        return array.reshape(-1).view(np.uint8)
    return np.full(buffer.nbytes, 0xA5, np.uint8)  # nothing may rely on fresh memory


def _view(memory, tensor: Tensor) -> np.ndarray:
    raw = memory[id(tensor.buffer)]
    size = tensor.dtype.itemsize
    reach = [(d - 1) * s * size for d, s in zip(tensor.shape, tensor.strides)]
    low = tensor.offset + sum(min(r, 0) for r in reach)
    high = tensor.offset + sum(max(r, 0) for r in reach) + size
    assert tensor.count == 0 or (low >= 0 and high <= raw.nbytes), f"{tensor} leaves its buffer"
    # Element 0 need not be aligned to the start of an element of the buffer.
    window = raw[tensor.offset % size if tensor.count else 0 :]
    elements = window[: window.nbytes // size * size].view(tensor.dtype.numpy)
    start = elements[tensor.offset // size :] if tensor.count else elements
    return as_strided(start, tensor.shape, [s * size for s in tensor.strides])


def kernel(*names: str):
    def register(function):
        for name in names:
            KERNELS[name] = function
        return function

    return register


def requantize(t: np.ndarray, params, output: np.ndarray, zero_point: int) -> np.ndarray:
    t = np.clip(t, np.float32(params["act_min"]), np.float32(params["act_max"]))
    if output.dtype == np.float32:
        return t
    return (np.rint(t).astype(np.int32) + zero_point).astype(output.dtype)


# Convolution


def _taps(x, y, params, fill):
    """Windows [N, OH, OW, KH, KW, C] of a padded image."""
    kh, kw = params["kernel_h"], params["kernel_w"]
    sh, sw = params["stride_h"], params["stride_w"]
    dh, dw = params.get("dilation_h", 1), params.get("dilation_w", 1)
    result = np.full((*y.shape[:3], kh, kw, x.shape[3]), fill, x.dtype)
    inside = np.zeros((*y.shape[1:3], kh, kw), bool)
    for oh in range(y.shape[1]):
        for ow in range(y.shape[2]):
            for i in range(kh):
                for j in range(kw):
                    h = oh * sh - params["pad_top"] + i * dh
                    w = ow * sw - params["pad_left"] + j * dw
                    if 0 <= h < x.shape[1] and 0 <= w < x.shape[2]:
                        result[:, oh, ow, i, j] = x[:, h, w]
                        inside[oh, ow, i, j] = True
    return result, inside


def _check_channels(tensor: Tensor) -> None:
    assert tensor.shape[3] == 1 or tensor.strides[3] == 1, "channels must be adjacent"


def _accumulate(call: KernelCall, x, weights, y, fill, dtype):
    """Σ x * w, [N, OH, OW, O]."""
    for tensor in (call.inputs[0], call.outputs[0]):
        _check_channels(tensor)
    params = call.params
    windows, _ = _taps(x, y, params, fill)
    windows = windows.astype(dtype)
    n, oh, ow, kh, kw, c = windows.shape
    outputs = y.shape[3]
    if call.kernel.startswith("depthwise"):
        w = _unpack_depthwise(weights, outputs, kh, kw).astype(dtype)
        return np.einsum("nhwijc,ijc->nhwc", windows, w)
    groups = params["groups"]
    w = _unpack(weights, outputs // groups, kh * kw * c // groups).astype(dtype)
    split = windows.reshape(n, oh, ow, kh, kw, groups, c // groups)
    rows = split.transpose(5, 0, 1, 2, 3, 4, 6).reshape(groups, n * oh * ow, -1)
    return (rows @ w.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(n, oh, ow, outputs)


def _unpack(weights, outputs, depth):
    """[G, O, K] of [G, B, K/4, 16, 4] or [G, B, K, 16]."""
    if weights.ndim == 5:
        weights = weights.transpose(0, 1, 3, 2, 4).reshape(*weights.shape[:2], 16, -1)
    else:
        weights = weights.transpose(0, 1, 3, 2)
    return weights.reshape(weights.shape[0], -1, weights.shape[3])[:, :outputs, :depth]


def _unpack_depthwise(weights, channels, kh, kw):
    """[KH, KW, C]"""
    if weights.dtype == np.int8:
        blocks = weights.shape[0]
        columns = weights.transpose(0, 2, 1, 3).reshape(blocks, 16, kw, -1)[..., :kh]
        return columns.transpose(3, 2, 0, 1).reshape(kh, kw, -1)[..., :channels]
    return weights.transpose(1, 2, 0, 3).reshape(kh, kw, -1)[..., :channels]


def _channels(vector, call, outputs):
    """[O] of a padded per-channel vector."""
    groups = call.params.get("groups", 1)
    return vector.reshape(groups, -1)[:, : outputs // groups].reshape(-1)


def _activate(t, params):
    a, b = params["alpha"], params["beta"]
    functions = {
        0: lambda x: x,
        1: lambda x: np.where(x < 0, a * x, x),
        2: lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
        3: lambda x: x / (1 + np.exp(-x)),
        4: lambda x: 1 / (1 + np.exp(-x)),
        5: np.tanh,
        6: lambda x: np.clip(a * x + b, 0, 1),
        7: lambda x: 0.5 * x * (1 + _erf(x / math.sqrt(2))),
    }
    return functions[params["activation"]](t).astype(np.float32)


_erf = np.vectorize(math.erf, otypes=[np.float64])


@kernel("conv2d_f32", "depthwise_conv2d_f32")
def conv_f32(call, inputs, outputs):
    x, weights, bias, residual = (*inputs, None)[:4]
    (y,) = outputs
    t = _accumulate(call, x, weights, y, 0, np.float32) + _channels(bias, call, y.shape[3])
    t = t if residual is None else t + residual
    t = _activate(t, call.params)
    y[...] = np.clip(t, call.params["act_min"], call.params["act_max"])


@kernel("conv2d_s8", "depthwise_conv2d_s8")
def conv_s8(call, inputs, outputs):
    x, weights, bias, scale, _, residual, lut = (*inputs, None, None)[:7]
    (y,) = outputs
    p = call.params
    acc = _accumulate(call, x, weights, y, p["x_zero_point"], np.int64)
    acc = acc + _channels(bias, call, y.shape[3])
    assert np.abs(acc).max() < 2**31
    t = acc.astype(np.float32) * _channels(scale, call, y.shape[3])
    if residual is not None:
        assert residual.dtype == y.dtype
        r = residual.astype(np.float32) - np.float32(p["residual_zero_point"])
        t = t + r * np.float32(p["residual_scale"])
    result = requantize(t, p, y, p["y_zero_point"])
    y[...] = result if lut is None else lut[result.view(np.uint8)].view(np.int8)


@kernel("conv2d_dynamic_s8")
def conv_dynamic(call, inputs, outputs):
    x, weights, bias, scale, sums, residual, quantization = inputs
    (y,) = outputs
    x_scale, zero_point = np.float32(quantization[0]), int(quantization[1])
    acc = _accumulate(call, x, weights, y, zero_point, np.int64)
    acc = acc - zero_point * _channels(sums, call, y.shape[3]).astype(np.int64)
    t = acc.astype(np.float32) * (x_scale * _channels(scale, call, y.shape[3]))
    t = t + _channels(bias, call, y.shape[3])
    t = t if residual is None else t + residual
    y[...] = np.clip(_activate(t, call.params), call.params["act_min"], call.params["act_max"])


# Matrix products


@kernel("matmul_f32")
def matmul_f32(call, inputs, outputs):
    a, b, bias = (*inputs, None)[:3]
    t = (a @ b) * np.float32(call.params["alpha"])
    outputs[0][...] = t if bias is None else t + bias


@kernel("matmul_s8")
def matmul_s8(call, inputs, outputs):
    (a, b), (y,), p = inputs, outputs, call.params
    acc = (a.astype(np.int64) - p["a_zero_point"]) @ (b.astype(np.int64) - p["b_zero_point"])
    y[...] = requantize(acc.astype(np.float32) * np.float32(p["scale"]), p, y, p["y_zero_point"])


# Pooling


@kernel("max_pool2d")
def max_pool(call, inputs, outputs):
    (x,), (y,) = inputs, outputs
    lowest = -np.inf if x.dtype == np.float32 else np.iinfo(x.dtype).min
    windows, _ = _taps(x, y, call.params, lowest)
    y[...] = windows.max(axis=(3, 4))


@kernel("average_pool2d")
def average_pool(call, inputs, outputs):
    (x,), (y,), p = inputs, outputs, call.params
    zero = p["x_zero_point"] if x.dtype == np.int8 else 0
    windows, inside = _taps(x, y, p, zero)
    count = inside.sum(axis=(2, 3))
    if p["count_include_pad"]:
        count = np.outer(
            _padded_counts(x.shape[1], y.shape[1], p, "h", "pad_top", "pad_bottom"),
            _padded_counts(x.shape[2], y.shape[2], p, "w", "pad_left", "pad_right"),
        )
    count = count[None, :, :, None].astype(np.float32)
    if x.dtype == np.float32:
        y[...] = windows.sum(axis=(3, 4)) / count
        return
    total = (windows.astype(np.int64) - zero).sum(axis=(3, 4)).astype(np.float32)
    t = total * (np.float32(p["scale"]) / count)
    y[...] = requantize(t, p, y, p["y_zero_point"])


def _padded_counts(size, outputs, p, axis, begin, end):
    k, s, d = p[f"kernel_{axis}"], p[f"stride_{axis}"], p[f"dilation_{axis}"]
    taps = [[o * s - p[begin] + i * d for i in range(k)] for o in range(outputs)]
    return np.array([sum(-p[begin] <= t < size + p[end] for t in row) for row in taps])


# Elementwise


def _binary(function):
    return lambda k, a, b: function(a, b)


def _unary(function):
    return lambda k, a: function(a)


def _divide(a, b):
    return a / b if a.dtype == np.float32 else np.trunc(a / b).astype(a.dtype)


def _signed(function):
    """A function of x that is `function(x)` below zero and x above."""
    return lambda k, x: np.where(x < 0, function(k, x), x)


OPS: dict[str, Callable[..., np.ndarray]] = {
    **{
        name: _unary(getattr(np, numpy_name))
        for name, numpy_name in {
            "abs": "abs",
            "acos": "arccos",
            "acosh": "arccosh",
            "asin": "arcsin",
            "asinh": "arcsinh",
            "atan": "arctan",
            "atanh": "arctanh",
            "ceil": "ceil",
            "cos": "cos",
            "cosh": "cosh",
            "exp": "exp",
            "floor": "floor",
            "log": "log",
            "neg": "negative",
            "reciprocal": "reciprocal",
            "round": "rint",
            "sign": "sign",
            "sin": "sin",
            "sinh": "sinh",
            "sqrt": "sqrt",
            "square": "square",
            "tan": "tan",
            "tanh": "tanh",
            "trunc": "trunc",
            "is_nan": "isnan",
            "bitwise_not": "invert",
            "not": "logical_not",
        }.items()
    },
    **{
        name: _binary(getattr(np, numpy_name))
        for name, numpy_name in {
            "add": "add",
            "sub": "subtract",
            "mul": "multiply",
            "max": "maximum",
            "min": "minimum",
            "pow": "power",
            "mod": "mod",
            "fmod": "fmod",
            "equal": "equal",
            "not_equal": "not_equal",
            "greater": "greater",
            "greater_equal": "greater_equal",
            "less": "less",
            "less_equal": "less_equal",
            "and": "logical_and",
            "or": "logical_or",
            "xor": "logical_xor",
            "bitwise_and": "bitwise_and",
            "bitwise_or": "bitwise_or",
            "bitwise_xor": "bitwise_xor",
        }.items()
    },
    "div": _binary(_divide),
    "erf": _unary(_erf),
    "rsqrt": _unary(lambda x: 1 / np.sqrt(x)),
    "relu": _unary(lambda x: np.maximum(x, 0)),
    "sigmoid": _unary(lambda x: 1 / (1 + np.exp(-x))),
    "silu": _unary(lambda x: x / (1 + np.exp(-x))),
    "hard_swish": _unary(lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "softplus": _unary(lambda x: np.logaddexp(0, x)),
    "softsign": _unary(lambda x: x / (1 + np.abs(x))),
    "mish": _unary(lambda x: x * np.tanh(np.logaddexp(0, x))),
    "gelu": _unary(lambda x: 0.5 * x * (1 + _erf(x / math.sqrt(2)))),
    "gelu_tanh": _unary(
        lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    ),
    "constant": lambda k: np.array(k[0]),
    "clip": lambda k, x: np.clip(x, k[0], k[1]),
    "hard_sigmoid": lambda k, x: np.clip(k[0] * x + k[1], 0, 1),
    "leaky_relu": _signed(lambda k, x: k[0] * x),
    "elu": _signed(lambda k, x: k[0] * np.expm1(x)),
    "celu": _signed(lambda k, x: k[0] * np.expm1(x / k[0])),
    "selu": lambda k, x: k[1] * np.where(x < 0, k[0] * np.expm1(x), x),
    "prelu": lambda k, x, slope: np.where(x < 0, x * slope, x),
    "thresholded_relu": lambda k, x: np.where(x > k[0], x, 0),
    "shrink": lambda k, x: np.where(x < -k[0], x + k[1], np.where(x > k[0], x - k[1], 0)),
    "is_inf": lambda k, x: ((x == np.inf) & bool(k[0])) | ((x == -np.inf) & bool(k[1])),
    "where": lambda k, condition, a, b: np.where(condition != 0, a, b),
}
_BYTES = (np.dtype(np.int8), np.dtype(np.uint8))


def _domain(dtypes):
    if np.dtype(np.float64) in dtypes:
        return np.float64
    integers = all(dtype.kind in "ib" and dtype not in _BYTES for dtype in dtypes)
    return np.int64 if integers else np.float32


@kernel("elementwise")
def elementwise(call, inputs, outputs):
    (y,), p = outputs, call.params
    assert all(x.ndim == y.ndim for x in inputs)
    domain = _domain([a.dtype for a in (*inputs, y)])
    registers: dict[int, np.ndarray] = {}
    for i, x in enumerate(inputs):
        if x.dtype in _BYTES:
            zero_point, scale = p["input_zero_point"][i], np.float32(p["input_scale"][i])
            registers[i] = (x.astype(np.float32) - zero_point) * scale
        else:
            registers[i] = x.astype(domain)
    result = registers.get(0)
    for step in call.instructions:
        sources = [registers[i] for i in step.src]
        with np.errstate(all="ignore"):
            result = np.asarray(OPS[step.op]((*step.immediates, 0.0, 0.0), *sources))
        result = result.astype(domain)
        registers[step.dst] = result
    if y.dtype in _BYTES:
        result = result * np.float32(p["output_scale"])
        result = requantize(result, p, y, p["output_zero_point"])
    y[...] = result


@kernel("lookup_s8")
def lookup_s8(call, inputs, outputs):
    x, table = inputs
    outputs[0][...] = table[x.view(np.uint8) if x.dtype != np.uint8 else x].view(outputs[0].dtype)


# Data movement


@kernel("strided_copy")
def strided_copy(call, inputs, outputs):
    assert inputs[0].shape == outputs[0].shape
    assert inputs[0].dtype == outputs[0].dtype
    outputs[0][...] = inputs[0]


@kernel("fill")
def fill(call, inputs, outputs):
    words = np.array(call.params["value_bits"], np.int64).astype(np.uint32)
    outputs[0][...] = words.view(np.uint8)[: outputs[0].itemsize].view(outputs[0].dtype)[0]


@kernel("insert")
def _insert(call, inputs, outputs):
    outputs[0][:, inputs[1].item()] = inputs[0][:, 0]


@kernel("gather")
def gather(call, inputs, outputs):
    data, indices = inputs
    assert data.ndim == 3
    outputs[0][...] = np.take(data, indices, axis=1)


# Indexing


@kernel("scatter")
def scatter(call, inputs, outputs):
    (data, indices, updates), (y,) = inputs, outputs
    combine = [None, np.add, np.multiply, np.minimum, np.maximum][call.params["reduction"]]
    if data is not None:
        y[...] = data
    for position in np.ndindex(updates.shape):
        at = (*indices[position], *position[1:])
        assert len(at) == y.ndim
        y[at] = updates[position] if combine is None else combine(y[at], updates[position])


@kernel("top_k")
def top_k(call, inputs, outputs):
    (x,), (values, indices) = inputs, outputs
    ranked = x.astype(np.longdouble)
    order = np.argsort(ranked if call.params["smallest"] else -ranked, axis=1, kind="stable")
    indices[...] = order[:, : values.shape[1]]
    values[...] = np.take_along_axis(x, indices, axis=1)


@kernel("true_positions")
def true_positions(call, inputs, outputs):
    (condition,), (positions, count) = inputs, outputs
    (found,) = np.nonzero(condition)
    positions[...] = found[0] if found.size else 0
    positions[: found.size] = found
    count[...] = found.size


@kernel("non_max_suppression")
def non_max_suppression(call, inputs, outputs):
    (boxes, scores, most, overlap, least), (selected, kept) = inputs, outputs
    sides = boxes.astype(np.float32)
    a, b = sides[..., :2], sides[..., 2:]
    low, high = np.minimum(a, b), np.maximum(a, b)
    if call.params["center_point_box"]:
        low, high = a - b / 2, a + b / 2
    limit = kept.shape[2] if most is None else min(int(most.item()), kept.shape[2])
    selected[...], kept[...] = 0, False
    for batch, label in np.ndindex(scores.shape[:2]):
        order = np.argsort(-scores[batch, label], kind="stable")
        if least is not None:
            order = order[scores[batch, label, order] > least.item()]
        chosen: list[int] = []
        for i in order:
            threshold = np.float32(0) if overlap is None else overlap.item()
            others = [_overlap(low[batch], high[batch], i, j) for j in chosen]
            if len(chosen) < limit and not any(other > threshold for other in others):
                chosen.append(int(i))
        selected[batch, label, :, :2] = (batch, label)
        selected[batch, label, : len(chosen), 2] = chosen
        kept[batch, label, : len(chosen)] = True


def _overlap(low, high, i, j):
    """Intersection over union."""
    sides = np.maximum(np.minimum(high[i], high[j]) - np.maximum(low[i], low[j]), 0)
    both = sides.prod()
    return both / ((high[i] - low[i]).prod() + (high[j] - low[j]).prod() - both) if both else 0


@kernel("unique")
def unique(call, inputs, outputs):
    (x, limit), (positions, inverse, counts, count) = inputs, outputs
    rows = x if limit is None else x[: int(limit.item())]
    _, first, back, numbers = np.unique(rows, True, True, True, axis=0)
    order = np.arange(first.size) if call.params["sorted"] else np.argsort(first)
    for y in (positions, inverse, counts):
        y[...] = 0
    inverse[: len(rows)] = np.argsort(order)[back.reshape(-1)]
    counts[: first.size] = numbers[order]
    positions[: first.size] = first[order]
    positions[first.size :] = positions[0]
    count[...] = first.size


@kernel("cumulative")
def cumulative(call, inputs, outputs):
    (x,), (y,), product = inputs, outputs, call.params["product"]
    total = (np.cumprod if product else np.cumsum)(x, axis=1, dtype=x.dtype)
    if call.params["exclusive"]:
        total = np.roll(total, 1, axis=1)
        total[:, 0] = product
    y[...] = total


# Reductions


def _reduce(name: str, function):
    @kernel(f"reduce_{name}")
    def reduction(call, inputs, outputs):
        (x,), (y,) = inputs, outputs
        assert x.ndim == y.ndim
        axes = tuple(i for i in range(x.ndim) if y.shape[i] == 1 and x.shape[i] != 1)
        y[...] = function(x, axis=axes, keepdims=True)


for _name, _function in (
    ("sum", np.sum),
    ("mean", np.mean),
    ("max", np.max),
    ("min", np.min),
    ("prod", np.prod),
):
    _reduce(_name, _function)


@kernel("arg_max", "arg_min")
def arg_extreme(call, inputs, outputs):
    (x,), (y,) = inputs, outputs
    axes = [i for i in range(x.ndim) if y.shape[i] == 1 and x.shape[i] != 1]
    function = np.argmax if call.kernel == "arg_max" else np.argmin
    if not axes:
        y[...] = 0
    elif call.params["select_last_index"]:
        flipped = function(np.flip(x, axes[0]), axis=axes[0], keepdims=True)
        y[...] = x.shape[axes[0]] - 1 - flipped
    else:
        y[...] = function(x, axis=axes[0], keepdims=True)


@kernel("softmax", "log_softmax")
def softmax(call, inputs, outputs):
    (x,), (y,) = inputs, outputs
    assert x.ndim == 3
    shifted = x - x.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    y[...] = np.exp(shifted) / total if call.kernel == "softmax" else shifted - np.log(total)


@kernel("dynamic_quantize")
def dynamic_quantize(call, inputs, outputs):
    (x,), (y, quantization) = inputs, outputs
    low, high = min(float(x.min()), 0.0), max(float(x.max()), 0.0)
    scale = np.float32((high - low) / 255) or np.float32(1)
    zero_point = float(np.clip(np.rint(-128 - low / scale), -128, 127))
    y[...] = np.clip(np.rint(x / scale) + zero_point, -128, 127).astype(np.int8)
    quantization[...] = (scale, zero_point)


# Resampling


@kernel("resize2d")
def resize2d(call, inputs, outputs):
    x, index_h, weight_h, index_w, weight_w = inputs
    real = x.astype(np.float32)
    rows = np.einsum("nhtwc,ht->nhwc", real[:, index_h], weight_h)
    result = np.einsum("nhwtc,wt->nhwc", rows[:, :, index_w], weight_w)
    y = outputs[0]
    y[...] = result if y.dtype == np.float32 else np.rint(result).astype(y.dtype)


@kernel("sample")
def sample(call, inputs, outputs):
    x, index, weight = inputs
    assert ((index >= 0) & (index < len(x))).all()
    rows = np.where(weight[..., None] == 0, np.float32(0), x[index])
    outputs[0][...] = np.einsum("pt,ptc->pc", weight, rows)


@kernel("cast")
def cast(call, inputs, outputs):
    (x,), (y,) = inputs, outputs
    if y.dtype in (ml_dtypes.int4, ml_dtypes.uint4, ml_dtypes.int2, ml_dtypes.uint2):
        y[...] = np.trunc(x.astype(np.float64)).astype(np.int64).astype(y.dtype)
    elif "float8" in y.dtype.name or "float4" in y.dtype.name:
        y[...] = _minifloats(x, y.dtype, call.params)
    elif x.dtype.kind == "f" and y.dtype.kind in "iu":
        limits = np.iinfo(y.dtype)
        whole = np.nan_to_num(np.trunc(x.astype(np.float64)), nan=0.0)
        y[...] = np.clip(whole, limits.min, limits.max).astype(y.dtype)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            y[...] = x.astype(y.dtype)


def _minifloats(x, dtype, params):
    if dtype == ml_dtypes.float8_e8m0fnu:
        rounding = ("nearest", "up", "down")[params["rounding"]]
        return to_float8e8m0(x.astype(np.float32), not params["overflow"], rounding)
    if params["overflow"]:
        return x.astype(dtype)
    limits = ml_dtypes.finfo(dtype)
    return np.clip(x.astype(np.float64), float(limits.min), float(limits.max)).astype(dtype)


# Predictors on tables


def _reached_leaf(nodes, at: int, x: np.ndarray) -> int:
    while not at >> 31:
        node = nodes[at]
        value = x[node["test"] & 0x3FFFFFFF]
        equal, missing = node["test"] >> 30 & 1, node["test"] >> 31
        holds = value == node["threshold"] if equal else value <= node["threshold"]
        at = int(node["children"][0 if holds or (missing and np.isnan(value)) else 1])
    return at & 0x7FFFFFFF


@kernel("tree_ensemble")
def tree_ensemble(call, inputs, outputs):
    x, words, trees, leaves = inputs
    fields = [("threshold", x.dtype), ("test", np.uint32), ("children", np.uint32, (2,))]
    if x.dtype == np.float64:
        fields.append(("unused", np.uint32))
    nodes = words.view(fields)[:, 0]
    combine = (np.add, np.minimum, np.maximum)[call.params["aggregate"]]
    start = (0, np.inf, -np.inf)[call.params["aggregate"]]
    y = outputs[0]
    y[...] = start
    for row, features in enumerate(x):
        for root, target in trees:
            values = leaves[_reached_leaf(nodes, int(np.uint32(root)), features)]
            place = slice(target, target + len(values))
            y[row, place] = combine(y[row, place], values)
    y[np.isinf(y)] = 0


@kernel("pairwise_coupling")
def pairwise_coupling(call, inputs, outputs):
    for pairs, y in zip(inputs[0].astype(np.float64), outputs[0]):
        n = len(y)
        r = np.zeros((n, n))
        r[np.triu_indices(n, 1)] = pairs
        r.T[np.triu_indices(n, 1)] = 1 - pairs
        q = np.diag((r**2).sum(0)) - r * r.T
        p = np.full(n, 1 / n)
        for _ in range(100):
            product = q @ p
            if np.abs(product - p @ product).max() < 0.005 / n:
                break
            for t in range(n):
                p[t] += (p @ q @ p - q[t] @ p) / q[t, t]
                p /= p.sum()
        y[...] = p
