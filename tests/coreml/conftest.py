"""Skips where coremltools cannot write packages."""

import pytest

coremltools = pytest.importorskip("coremltools", reason="coremltools is not installed")
pytest.importorskip("coremltools.libmilstoragepython", reason="coremltools cannot write weights")
