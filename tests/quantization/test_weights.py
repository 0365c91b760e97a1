import numpy as np
import pytest

from edgert.compiler.quantization.weights import (
    BIAS_MAX,
    dequantize_weights,
    quantize_weights,
    weight_params,
    with_bias_room,
)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_error_is_at_most_half_a_step_and_the_largest_is_127(axis):
    weights = np.random.default_rng(0).normal(size=(6, 5, 3, 4)).astype(np.float32)
    params = weight_params(weights, axis)
    quantized = quantize_weights(weights, params)
    assert quantized.dtype == np.int8
    assert quantized.min() >= -127
    moved = np.moveaxis(np.abs(quantized.astype(int)), axis, 0).reshape(len(params.scale), -1)
    assert (moved.max(axis=1) == 127).all()
    error = np.moveaxis(np.abs(dequantize_weights(quantized, params) - weights), axis, 0)
    assert (error.reshape(len(params.scale), -1).max(axis=1) <= params.scale * 0.5001).all()


def test_zero_channel_has_a_usable_scale():
    params = weight_params(np.zeros((2, 3), np.float32), 0)
    assert (params.scale == 1.0).all()


def test_bias_fits_after_widening():
    weights = np.array([[1e-12], [1.0]], np.float32)
    bias = np.array([3.0, 3.0], np.float32)
    params = with_bias_room(weight_params(weights, 0), bias, input_scale=0.02)
    assert (np.abs(bias / (0.02 * params.scale)) <= BIAS_MAX * 1.001).all()
    assert params.scale[1] == weight_params(weights, 0).scale[1]
