"""Packed weights, element by element, against the index formulas of docs/kernels.md."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgert_compiler.packing import (
    WeightForm,
    pack_channels,
    pack_conv_f32,
    pack_conv_s8,
    pack_depthwise_f32,
    pack_depthwise_s8,
)

sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)


def random_weights(seed: int, dtype, *shape: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(-127, 128, shape).astype(dtype)


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def unpack_conv(packed: np.ndarray, shape: tuple[int, ...], groups: int) -> np.ndarray:
    """Reads weight (o, i, y, x) from where the documentation says it lies."""
    outputs, inputs, height, width = shape
    per_group = outputs // groups
    flat = packed.reshape(-1)
    steps = 4 if packed.dtype == np.int8 else 1
    depth = ceil_div(height * width * inputs, steps) * steps
    blocks = ceil_div(per_group, 16)
    weights = np.zeros(shape, packed.dtype)
    for o, i, y, x in itertools.product(*map(range, shape)):
        group, channel = divmod(o, per_group)
        block, lane = divmod(channel, 16)
        k = (y * width + x) * inputs + i
        start = (group * blocks + block) * depth * 16
        weights[o, i, y, x] = flat[start + (k // steps) * 16 * steps + lane * steps + k % steps]
    return weights


@settings(deadline=None, max_examples=60)
@given(seeds, st.integers(1, 3), st.integers(1, 35), sizes, sizes, sizes, st.booleans())
def test_conv(seed, groups, per_group, inputs, height, width, is_int8):
    dtype, pack = (np.int8, pack_conv_s8) if is_int8 else (np.float32, pack_conv_f32)
    weights = random_weights(seed, dtype, groups * per_group, inputs, height, width)
    packed = pack(weights, groups)
    assert packed.dtype == dtype
    assert packed.flags.c_contiguous
    assert np.array_equal(unpack_conv(packed, weights.shape, groups), weights)
    assert np.count_nonzero(packed) == np.count_nonzero(weights)
    step = 4 if is_int8 else 1
    depth = ceil_div(inputs * height * width, step) * step
    assert packed.size == groups * ceil_div(per_group, 16) * 16 * depth


def unpack_depthwise(packed: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    channels, _, height, width = shape
    flat = packed.reshape(-1)
    rows = ceil_div(height, 4) * 4
    weights = np.zeros(shape, packed.dtype)
    for c, y, x in itertools.product(range(channels), range(height), range(width)):
        block, lane = divmod(c, 16)
        if packed.dtype == np.int8:
            k = x * rows + y
            index = block * rows * width * 16 + (k // 4) * 64 + lane * 4 + k % 4
        else:
            index = ((block * height + y) * width + x) * 16 + lane
        weights[c, 0, y, x] = flat[index]
    return weights


@settings(deadline=None, max_examples=60)
@given(seeds, st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_depthwise(seed, channels, height, width, is_int8):
    dtype, pack = (np.int8, pack_depthwise_s8) if is_int8 else (np.float32, pack_depthwise_f32)
    weights = random_weights(seed, dtype, channels, 1, height, width)
    packed = pack(weights)
    assert packed.dtype == dtype
    assert packed.flags.c_contiguous
    assert np.array_equal(unpack_depthwise(packed, weights.shape), weights)
    assert np.count_nonzero(packed) == np.count_nonzero(weights)


@settings(deadline=None)
@given(seeds, st.integers(1, 4), st.integers(1, 40))
def test_channels(seed, groups, per_group):
    vector = np.random.default_rng(seed).normal(size=groups * per_group).astype(np.float32)
    packed = pack_channels(vector, groups)
    assert packed.shape == (groups, ceil_div(per_group, 16) * 16)
    assert np.array_equal(packed[:, :per_group].reshape(-1), vector)
    assert not packed[:, per_group:].any()


def test_minus_128_is_refused_where_kernels_rely_on_it():
    weights = np.full((1, 1, 1, 1), -128, np.int8)
    with pytest.raises(ValueError, match="-127"):
        pack_conv_s8(weights)
    assert pack_conv_s8(weights, full_range=True).min() == -128
    assert pack_depthwise_s8(weights).min() == -128
    with pytest.raises(ValueError, match="-127"):
        pack_depthwise_s8(np.full((1, 1, 1, 2), -128, np.int8))


@settings(deadline=None)
@given(seeds, st.integers(-300, 300), st.integers(-300, 300), st.booleans())
def test_every_integer_has_a_form(seed, low, high, depthwise):
    low, high = sorted((low, high))
    levels = np.random.default_rng(seed).integers(low, high + 1, (3, 7)).astype(np.int16)
    form = (WeightForm.of_depthwise if depthwise else WeightForm.of)(levels)
    terms = form.split(levels)
    assert len(terms) == form.terms
    assert all(term.dtype == np.int8 for term in terms)
    assert np.array_equal(sum(term.astype(int) for term in terms) - form.zero_point, levels)
    stored = np.concatenate(terms, axis=1)
    if depthwise:
        assert form.zero_point == 0
        assert ((stored == -128).sum(1) <= 1).all()
    else:
        assert form.full_range or not (stored == -128).any()


@pytest.mark.parametrize(
    ("levels", "form"),
    [
        ([-127, 127], WeightForm()),
        ([-128, 127], WeightForm(full_range=True)),
        ([-130, 120], WeightForm(zero_point=3)),
        ([-130, 125], WeightForm(zero_point=2, full_range=True)),
        ([0, 255], WeightForm(zero_point=-128, full_range=True)),
        ([-200, 200], WeightForm(terms=2)),
        ([-255, 255], WeightForm(terms=3)),
    ],
)
def test_the_cheapest_form(levels, form):
    assert WeightForm.of(np.array([levels])) == form


def test_uneven_groups_are_refused():
    with pytest.raises(ValueError, match="groups"):
        pack_conv_s8(np.zeros((5, 1, 1, 1), np.int8), 2)
    with pytest.raises(ValueError, match="groups"):
        pack_channels(np.zeros(5), 2)
