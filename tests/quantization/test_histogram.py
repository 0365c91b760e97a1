import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edgert_compiler.quantization.histogram import BINS, Histogram

arrays = hnp.arrays(
    np.float32,
    st.integers(0, 50),
    # Products of the extremes stay normal in float32.
    elements=st.floats(-(2.0**60), 2.0**60, width=32).map(
        lambda x: x if abs(x) > 2.0**-60 else 0.0
    ),
)


def histogram_of(*arrays: np.ndarray) -> Histogram:
    histogram = Histogram()
    for array in arrays:
        histogram.add(array)
    return histogram


def same(a: Histogram, b: Histogram) -> bool:
    return (
        np.array_equal(a.counts, b.counts)
        and (a.exponent, a.first, a.zeros, a.nonfinite)
        == (b.exponent, b.first, b.zeros, b.nonfinite)
        and (a.minimum, a.maximum) == (b.minimum, b.maximum)
    )


@given(st.lists(arrays, max_size=5))
@settings(deadline=None)
def test_every_value_lands_in_the_bin_that_covers_it(pieces):
    histogram = histogram_of(*pieces)
    values = np.concatenate([np.zeros(0, np.float32), *pieces]).astype(np.float64)
    assert histogram.zeros == np.count_nonzero(values == 0.0)
    values = values[values != 0.0]
    expected = np.zeros(BINS, np.int64)
    if values.size:
        np.add.at(expected, (values // histogram.width).astype(int) - histogram.first, 1)
        assert values.min() == histogram.minimum or histogram.minimum == 0.0
    assert np.array_equal(histogram.counts, expected)


@given(st.lists(arrays, max_size=5), st.randoms())
@settings(deadline=None)
def test_order_of_pieces_does_not_matter(pieces, random):
    shuffled = list(pieces)
    random.shuffle(shuffled)
    assert same(histogram_of(*pieces), histogram_of(*shuffled))


@given(st.lists(arrays, max_size=3), st.lists(arrays, max_size=3))
@settings(deadline=None)
def test_merging_equals_seeing_both_streams(left, right):
    merged = histogram_of(*left)
    merged.merge(histogram_of(*right))
    assert same(merged, histogram_of(*left, *right))


def test_at_least_half_of_the_bins_cover_the_range():
    histogram = histogram_of(*(np.random.default_rng(i).normal(0, 3.0**i, 1000) for i in range(8)))
    assert (histogram.maximum - histogram.minimum) / histogram.width > BINS / 2 - 2


def test_nan_and_infinity_are_counted_apart():
    histogram = histogram_of(np.array([1.0, np.nan, np.inf, -2.0, 0.0], np.float32))
    assert (histogram.nonfinite, histogram.zeros, len(histogram)) == (2, 1, 3)
    assert (histogram.minimum, histogram.maximum) == (-2.0, 1.0)


def test_counts_match_numpy():
    values = np.random.default_rng(0).normal(size=10_000).astype(np.float32)
    histogram = histogram_of(*np.split(values, 10))
    edges = (histogram.first + np.arange(BINS + 1)) * histogram.width
    assert np.array_equal(histogram.counts, np.histogram(values, edges)[0])


@pytest.mark.parametrize("value", [1e-30, -1e-30, 3e38, -3e38])
def test_extreme_magnitudes(value):
    histogram = histogram_of(np.array([value, 0.0], np.float32))
    assert histogram.counts.sum() == 1
    assert histogram.zeros == 1
