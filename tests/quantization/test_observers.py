import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgert.errors import CompileError
from edgert_compiler.quantization.histogram import Histogram
from edgert_compiler.quantization.observers import find_observer, observers
from edgert_compiler.quantization.params import (
    dequantize,
    params_from_range,
    quantize,
    signal_to_noise,
    squared_error,
)


def observed(values: np.ndarray) -> Histogram:
    histogram = Histogram()
    histogram.add(values)
    return histogram


NORMAL = np.random.default_rng(1).normal(size=100_000).astype(np.float32)


@pytest.mark.parametrize("name", sorted(observers()))
@pytest.mark.parametrize(
    "values",
    [NORMAL, np.abs(NORMAL), -np.abs(NORMAL) - 1, np.zeros(5, np.float32), NORMAL[:1]],
    ids=["normal", "positive", "negative", "zeros", "one"],
)
def test_range_includes_zero_and_stays_within_the_extremes(name, values):
    low, high = find_observer(name).range(observed(values))
    assert min(values.min(), 0.0) <= low <= 0.0 <= high <= max(values.max(), 0.0)


def test_the_three_methods_are_found():
    assert {"min_max", "percentile", "mse"} <= set(observers())


def test_unknown_observer_names_the_known_ones():
    with pytest.raises(CompileError, match=r"'entropy'.*min_max"):
        find_observer("entropy")


def test_min_max_is_exact():
    assert find_observer("min_max").range(observed(NORMAL)) == (NORMAL.min(), NORMAL.max())


def test_percentile_drops_a_lone_outlier():
    values = np.append(NORMAL, np.float32(50.0))
    values = np.concatenate([values] * 4)[: 4 * NORMAL.size + 1]
    low, high = find_observer("percentile").range(observed(values))
    assert high < 10.0
    assert low == pytest.approx(values.min(), abs=0.1)


def test_mse_beats_the_full_range_on_heavy_tails():
    values = np.random.default_rng(2).standard_t(3, size=200_000).astype(np.float32)
    histogram = observed(values)

    def error(name):
        params = params_from_range(*find_observer(name).range(histogram))
        return float(np.square(dequantize(quantize(values, params), params) - values).mean())

    assert error("mse") < 0.8 * error("min_max")


def test_squared_error_estimates_the_real_error():
    params = params_from_range(-2.0, 2.0)
    real = float(np.square(dequantize(quantize(NORMAL, params), params) - NORMAL).sum())
    assert squared_error(observed(NORMAL), params) == pytest.approx(real, rel=0.02)


def test_signal_to_noise_of_a_uniform_signal_is_6_decibels_a_bit():
    values = np.random.default_rng(3).uniform(-1, 1, 100_000).astype(np.float32)
    ratio = signal_to_noise(observed(values), params_from_range(-1, 1))
    assert ratio == pytest.approx(20 * np.log10(256), abs=0.3)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_zero_is_exact_and_the_ends_are_covered(a, b):
    params = params_from_range(min(a, b), max(a, b))
    assert -128 <= params.zero_point <= 127
    ends = np.array([min(a, b, 0.0), max(a, b, 0.0)], np.float32)
    assert dequantize(quantize(np.float32(0.0), params), params) == 0.0
    error = np.abs(dequantize(quantize(ends, params), params) - ends)
    assert (error <= params.scale * 1.001).all()


def test_relu_range_uses_every_level():
    assert params_from_range(0.0, 6.0).zero_point == -128
