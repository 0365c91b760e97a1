"""Control flow that runs, against onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest

import edgert

from .models import MODELS, Model

onnxruntime = pytest.importorskip("onnxruntime")


def expected(model: Model) -> list[list[np.ndarray]]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.proto.SerializeToString(), options)
    return [session.run(None, feed) for feed in model.feeds]


@pytest.mark.parametrize("name", MODELS)
def test_float_results_agree_at_every_thread_count(name):
    model = MODELS[name]()
    report = edgert.compile(model.proto, precision="fp32")
    assert {"if", "loop"} & set(report.kernels), "nothing is left to decide at run time"
    alone, shared = (edgert.InferenceSession(report.bundle, num_threads=n) for n in (1, 2))
    for feed, outputs in zip(model.feeds, expected(model)):
        results = alone.run(None, feed)
        for result, again, output in zip(results, shared.run(None, feed), outputs):
            assert result.shape == output.shape
            np.testing.assert_allclose(result, output, rtol=1e-4, atol=1e-5)
            np.testing.assert_array_equal(result, again)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("calibrated", [False, True])
def test_int8_bundles_stay_close(name, calibrated):
    model = MODELS[name]()
    report = edgert.compile(
        model.proto, precision="int8", calibration=model.feeds if calibrated else None
    )
    session = edgert.InferenceSession(report.bundle)
    for feed, outputs in zip(model.feeds, expected(model)):
        for result, output in zip(session.run(None, feed), outputs):
            if output.dtype == np.float32 and output.size:
                assert np.abs(result - output).max() <= 0.1 * np.ptp(output) + 0.05


def test_data_does_not_take_int8_weights_from_loops():
    """What calibration tells nothing of computes as without data."""
    steps = onnx.parser.parse_model(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        steps (float[4,128] x, int64 trips) => (float[4,128] y) <bool yes = {1}>
        {
            y = Loop(trips, yes, x) <
                body = step (int64 i, bool go, float[4,128] a)
                    => (bool go_on, float[4,128] next)
                { go_on = Identity(go) b = MatMul(a, w) next = Tanh(b) }
            >
        }
        """
    )
    random = np.random.default_rng(0)
    weights = (random.standard_normal((128, 128)) / 11).astype(np.float32)
    steps.graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
    x = random.standard_normal((4, 128)).astype(np.float32)
    data = [{"x": x, "trips": np.array(3)}]
    kernels = [
        edgert.compile(steps, precision="int8", calibration=calibration).kernels
        for calibration in (None, data)
    ]
    assert kernels[0]["conv2d_dynamic_s8"] == kernels[1]["conv2d_dynamic_s8"] == 1
