"""Small bundles for tests of the runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgert
from tests.small_model import save_small_model


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tests/small_model.py in INT8: "input" float32 [1, 3, 33, 29], one output [1, 10]."""
    folder = tmp_path_factory.mktemp("small")
    save_small_model(folder / "small.onnx")
    rng = np.random.default_rng(5)
    samples = [{"input": rng.normal(size=(1, 3, 33, 29)).astype(np.float32)} for _ in range(3)]
    bundle = folder / "small.edgert"
    edgert.compile(
        str(folder / "small.onnx"), precision="int8", calibration=samples, output=str(bundle)
    )
    return bundle


@pytest.fixture
def small_input() -> np.ndarray:
    """An input of the small model."""
    return np.random.default_rng(6).normal(size=(1, 3, 33, 29)).astype(np.float32)
