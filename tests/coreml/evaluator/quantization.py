"""int8 activations and compressed constants."""

import numpy as np


def _along(vector, axis, rank):
    if np.ndim(vector) == 0 or axis is None:
        return vector
    return vector.reshape([-1 if dim == int(axis) % rank else 1 for dim in range(rank)])


def _quantize(input, scale, output_dtype, zero_point=0, axis=None):  # noqa: A002
    limits = np.iinfo({"int8": np.int8, "uint8": np.uint8}[output_dtype])
    scale, zero = (_along(v, axis, input.ndim) for v in (scale, zero_point))
    values = np.round(input / scale) + zero
    return np.clip(values, limits.min, limits.max).astype(limits.dtype)


def _dequantize(input, scale, zero_point=0, axis=None):  # noqa: A002
    scale, zero = (_along(v, axis, input.ndim) for v in (scale, zero_point))
    return scale * (input.astype(np.float32) - np.asarray(zero, np.float32))


def _blockwise(data, scale, offset=None):
    assert scale.ndim == data.ndim
    for axis, (blocks, size) in enumerate(zip(scale.shape, data.shape)):
        scale = np.repeat(scale, size // blocks, axis)
    shifted = data.astype(np.float32) - (0 if offset is None else offset)
    return scale * shifted


OPERATIONS = {
    "constexpr_affine_dequantize": lambda quantized_data, zero_point, scale, axis: _dequantize(
        quantized_data, scale, zero_point, axis
    ),
    "constexpr_blockwise_shift_scale": _blockwise,
    "dequantize": _dequantize,
    "quantize": _quantize,
}
