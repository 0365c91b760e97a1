"""map_window against following every element."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edgert_compiler.program.ir import DType, Tensor, arena_tensor
from edgert_compiler.program.windows import map_window

dims = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def addresses(tensor: Tensor) -> np.ndarray:
    """The byte address of each element, in its shape."""
    grid = np.indices(tensor.shape).reshape(len(tensor.shape), -1)
    steps = np.array(tensor.strides).reshape(-1, 1) * grid
    return (tensor.offset + steps.sum(0) * tensor.dtype.itemsize).reshape(tensor.shape)


@st.composite
def permuted(draw, shape: tuple[int, ...], dtype: DType) -> Tensor:
    """A tensor of this shape in some order of memory, perhaps inside a larger one."""
    order = draw(st.permutations(range(len(shape))))
    margins = [draw(st.integers(0, 2)) for _ in shape]
    base = arena_tensor(dtype, tuple(shape[i] + margins[i] for i in order))
    strides = [0] * len(shape)
    for axis, stride in zip(order, base.strides):
        strides[axis] = stride
    start = sum(draw(st.integers(0, m)) * strides[i] for i, m in enumerate(margins))
    return base.view(shape, tuple(strides), start)


@settings(max_examples=400)
@given(st.data())
def test_every_element_is_found(data):
    shape = tuple(data.draw(dims))
    source = data.draw(permuted(shape, DType.F32))
    target = data.draw(permuted(shape, data.draw(st.sampled_from((DType.F32, DType.S8)))))
    starts = [data.draw(st.integers(0, d - 1)) for d in shape]
    steps = [data.draw(st.sampled_from((1, 1, 2))) for _ in shape]
    extents = tuple(-(-(d - s) // step) for d, s, step in zip(shape, starts, steps))
    window = source.view(
        extents,
        tuple(s * step for s, step in zip(source.strides, steps)),
        sum(i * s for i, s in zip(starts, source.strides)),
    )
    mapped = map_window(window, source, target)
    assert mapped is not None
    where = dict(zip(addresses(source).reshape(-1), addresses(target).reshape(-1)))
    expected = [where[address] for address in addresses(window).reshape(-1)]
    assert addresses(mapped).reshape(-1).tolist() == expected
    assert (mapped.buffer, mapped.dtype) == (target.buffer, target.dtype)


@settings(max_examples=400)
@given(st.data())
def test_reshaped_windows_are_right_or_refused(data):
    shape = tuple(data.draw(dims))
    source = arena_tensor(DType.F32, shape)
    target = data.draw(permuted(shape, DType.F32))
    factors = data.draw(st.permutations([f for d in shape for f in _primes(d)]))
    cut = data.draw(st.integers(0, len(factors)))
    window = arena_tensor(DType.F32, (int(np.prod(factors[:cut])), int(np.prod(factors[cut:]))))
    mapped = map_window(source.view(window.shape, window.strides), source, target)
    if target.contiguous:
        assert mapped is not None
    if mapped is not None:
        where = dict(zip(addresses(source).reshape(-1), addresses(target).reshape(-1)))
        expected = [where[a] for a in addresses(window).reshape(-1)]
        assert addresses(mapped).reshape(-1).tolist() == expected


def _primes(number: int) -> list[int]:
    return {1: [], 2: [2], 3: [3], 4: [2, 2]}[number]


def test_windows_beyond_the_source_are_refused():
    whole = arena_tensor(DType.F32, (4, 8))
    source = whole.view((4, 4), (8, 1), 2)
    target = arena_tensor(DType.F32, (4, 4))
    assert map_window(whole, source, target) is None
    assert map_window(whole.view((1, 4), (8, 1), 3), source, target) is None
    assert map_window(whole.view((4, 1), (8, 1), 1), source, target) is None
    assert map_window(whole.view((1, 3), (8, 1), 3), source, target) is not None
