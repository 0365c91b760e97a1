"""What earlier versions wrote loads and gives the results that it gave then; see README.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgert
from edgert._introspection import kernels
from edgert.bundle import BundleReader

from .corpus import FOLDER, OldBundle

FILES = sorted(FOLDER.glob("*/*.npz"))
DEVIATION = 1e-5  # of an output's range: sums of floats differ between instruction sets


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_old_bundle_gives_its_old_results(path: Path):
    old = OldBundle.read(path)
    session = edgert.InferenceSession(old.bundle, 2)
    assert old.outputs
    for name, result in zip(old.outputs, session.run(list(old.outputs), old.inputs)):
        expected = old.outputs[name]
        assert result.dtype == expected.dtype
        if expected.dtype.kind == "f":
            spread = float(np.ptp(expected)) if expected.size else 0.0
            np.testing.assert_allclose(result, expected, rtol=DEVIATION, atol=DEVIATION * spread)
        else:
            np.testing.assert_array_equal(result, expected)


def test_the_corpus_has_parameters_that_have_grown_since():
    reader = BundleReader(OldBundle.read(FOLDER / "before-0.1.0" / "convolutions-int8.npz").bundle)
    shorter = {
        reader.kernel_name(call)
        for call in reader.root.programs[0].calls
        if call.params and len(call.params) < kernels()[reader.kernel_name(call), 1].params_size
    }
    assert shorter == {"conv2d_s8", "depthwise_conv2d_s8"}
