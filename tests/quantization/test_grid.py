import numpy as np
import pytest

from edgert_compiler.quantization.grid import grid_scales


@pytest.mark.parametrize("highest", [1, 7, 127, 255])
@pytest.mark.parametrize("elements", [1, 3, 1000])
def test_multiples_are_found(highest, elements):
    rng = np.random.default_rng(highest)
    levels = rng.integers(-highest, highest + 1, (70, elements))
    levels[3] = 0
    scales = rng.uniform(1e-3, 1e3, 70).astype(np.float32)
    rows = levels.astype(np.float32) * scales[:, None]
    found = grid_scales(rows)
    zeros = ~levels.any(1)
    assert (found[zeros] == 0).all()
    multiples = rows[~zeros] / found[~zeros, None]
    np.testing.assert_allclose(multiples, np.rint(multiples), atol=1e-3)
    assert (found[~zeros] > 0.999 * scales[~zeros]).all()


def test_other_numbers_are_none():
    rng = np.random.default_rng(0)
    rows = rng.integers(-9, 10, (5, 50)).astype(np.float32)
    rows[2] += rng.uniform(0, 0.3, 50).astype(np.float32)
    assert grid_scales(rows) is None
    assert grid_scales(rows[:2]) is not None
    assert grid_scales(rng.standard_normal((4, 200))) is None
