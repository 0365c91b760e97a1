"""Every model of the zoo on its real data: float against onnxruntime, INT8, streaming."""

from __future__ import annotations

import numpy as np
import pytest

import edgert
from tests.zoo import ZOO_MODELS, ZooModel

STREAMING = [name for name, model in ZOO_MODELS.items() if model.state]
NOISY = [name for name, model in ZOO_MODELS.items() if model.noise]
DEVIATION = 1e-4  # of an output's range


def outputs_of(session, feeds, more=None) -> dict[str, np.ndarray]:
    """Each output over all feeds, by name."""
    names = [port.name for port in session.get_outputs()]
    runs = [session.run(None, {**feed, **(more or {})}) for feed in feeds]
    return {name: np.stack(arrays) for name, arrays in zip(names, zip(*runs))}


def assert_agree(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for name, output in found.items():
        reference = expected[name]
        assert output.shape == reference.shape
        assert output.dtype == reference.dtype
        if np.issubdtype(output.dtype, np.integer):
            np.testing.assert_array_equal(output, reference)
        else:
            np.testing.assert_allclose(
                output, reference, rtol=0, atol=DEVIATION * np.ptp(reference)
            )


@pytest.mark.parametrize("name", ZOO_MODELS)
def test_float_bundle_agrees_with_onnxruntime(name):
    model = ZOO_MODELS[name]
    report = edgert.compile(model.path, precision="fp32", **model.options())
    feeds = list(model.feeds("eval", 3))
    found = outputs_of(edgert.InferenceSession(report.bundle), feeds)
    assert_agree(found, outputs_of(model.session(), feeds, model.constants))


@pytest.mark.parametrize("name", NOISY)
def test_int8_adds_little_noise(name):
    model = ZOO_MODELS[name]
    calibration = model.feeds("calib", 3)
    report = edgert.compile(model.path, calibration=calibration, **model.options())
    assert all(node.reason for node in report.nodes if node.precision != "int8")
    assert sum(node.precision == "int8" for node in report.nodes) > len(report.nodes) / 3
    feeds = list(model.feeds("eval", 2))
    expected = outputs_of(model.session(), feeds, model.constants)
    for output, array in outputs_of(edgert.InferenceSession(report.bundle), feeds).items():
        error = np.sqrt(np.mean((array - expected[output]) ** 2)) / expected[output].std()
        assert error < model.noise, output


@pytest.mark.parametrize("name", STREAMING)
def test_states_over_a_whole_recording(name):
    """Fed by hand and declared, against onnxruntime, which is fed its own states."""
    model = ZOO_MODELS[name]
    fed = edgert.InferenceSession(compiled(model).bundle)
    declared = edgert.InferenceSession(compiled(model, state=model.state).bundle)
    assert len(declared.get_inputs()) == len(declared.get_outputs()) == 1
    feeds, outputs = zip(*model.runs("eval", 1 << 30))
    assert len(feeds) > 1000
    expected = {name: np.stack([found[name] for found in outputs]) for name in outputs[0]}
    by_hand, kept, states = [], {}, feeds[0].keys() & model.state.values()
    names = [port.name for port in fed.get_outputs()]
    for feed in feeds:
        kept = kept or {name: feed[name] for name in states}
        found = dict(zip(names, fed.run(None, {**feed, **kept})))
        kept = {into: found[output] for output, into in model.state.items()}
        by_hand.append(found)
    inside = outputs_of(
        declared, [{n: a for n, a in feed.items() if n not in states} for feed in feeds]
    )
    stacked = {name: np.stack([found[name] for found in by_hand]) for name in names}
    assert_agree(stacked, expected)
    for output, array in inside.items():
        np.testing.assert_array_equal(array, stacked[output])
    for state, value in declared.get_state().items():
        np.testing.assert_array_equal(value, kept[state])


def compiled(model: ZooModel, **options: object) -> edgert.CompileReport:
    return edgert.compile(model.path, precision="fp32", **model.options(), **options)
