"""Calibration data that does not fit is refused by name; strange values run through."""

from __future__ import annotations

import numpy as np
import pytest

import edgert
from edgert.errors import InputError

from .models import kitchen_sink, samples

GOOD = samples(1)[0]


@pytest.fixture(scope="module")
def session(bundles):
    return edgert.InferenceSession(bundles["int8"])


def test_nan_and_infinity_run_through(session):
    for value in (np.nan, np.inf, -np.inf, 1e38):
        outputs = session.run(None, {**GOOD, "image": np.full((1, 4, 9, 9), value, np.float32)})
        assert [o.shape for o in outputs] == [(1, 3), (1,), ()]


@pytest.mark.parametrize(
    ("calibration", "message"),
    [
        ([], "contains no sample"),
        (5, "must be a path or an iterable of {name: array}"),
        (GOOD, "must be a path or an iterable of {name: array}"),
        ([GOOD["image"]], "sample 0 is a ndarray, not a mapping"),
        ([GOOD, {"image": GOOD["image"]}], "sample 1 lacks the model's input 'picks'"),
        ([{**GOOD, "image": np.zeros((1, 4, 9, 8), np.float32)}], "needs [1, 4, 9, 9]"),
        ([{**GOOD, "image": np.zeros((1, 4, 9, 9), np.uint8)}], "needs float32"),
        ([GOOD, {**GOOD, "image": GOOD["image"] * np.nan}], "sample 1 contains NaN"),
        ([{**GOOD, "picks": np.array([0, 1, 99])}], "gather"),
    ],
)
def test_calibration_data_is_refused(calibration, message, tmp_path):
    with pytest.raises(InputError) as raised:
        edgert.compile(kitchen_sink(), calibration=calibration, output=tmp_path / "m.edgert")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not any(tmp_path.iterdir())


def test_values_that_were_infinite_stay_in_float():
    image = np.full((1, 4, 9, 9), np.inf, np.float32)
    report = edgert.compile(kitchen_sink(), calibration=[{**GOOD, "image": image}])
    reasons = [node.reason for node in report.nodes if node.precision == "float"]
    assert any("'image' was not always finite" in reason for reason in reasons)
