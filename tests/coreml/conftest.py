"""Skips where coremltools cannot write packages."""

import gc

import pytest

pytest.importorskip("coremltools", reason="coremltools is not installed")
pytest.importorskip("coremltools.libmilstoragepython", reason="coremltools cannot write weights")


@pytest.fixture(scope="session", autouse=True)
def _small_heap():
    """coremltools collects garbage at every conversion; what tests imported need not be visited."""
    gc.freeze()
    yield
    gc.unfreeze()
