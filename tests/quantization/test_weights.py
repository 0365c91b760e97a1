import numpy as np
import pytest

from edgert_compiler.quantization.weights import (
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


@pytest.mark.parametrize("weight", [0.0, 1e-45, 1e-30])
def test_a_channel_of_next_to_nothing_is_its_bias(weight):
    params = weight_params(np.full((2, 3), weight, np.float32), 0)
    bias = np.array([0.3, 0.0], np.float32)
    widened = with_bias_room(params, bias, 0.02)
    unit = 0.02 * widened.scale.astype(np.float64)
    assert (unit > 0).all()
    np.testing.assert_allclose(np.rint(bias / unit) * unit, bias, rtol=1e-6)


def test_bias_fits_after_widening():
    weights = np.array([[1e-12], [1.0]], np.float32)
    bias = np.array([3.0, 3.0], np.float32)
    params = with_bias_room(weight_params(weights, 0), bias, input_scale=0.02)
    assert (np.abs(bias / (0.02 * params.scale)) <= BIAS_MAX * 1.001).all()
    assert params.scale[1] == weight_params(weights, 0).scale[1]
