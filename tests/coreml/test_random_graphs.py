"""Random graphs of layers, fused by the passes: evaluated packages against onnxruntime."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from tests.coreml.packages import compiled, run
from tests.passes.test_random_graphs import SHAPE, Graph


@pytest.mark.parametrize("seed", range(16))
def test_random_graph(seed, tmp_path):
    graph = Graph(seed)
    for _ in range(12):
        graph.step()
    proto = graph.model(outputs=3)
    rng = np.random.default_rng(seed)
    feeds = [{"x": rng.standard_normal(SHAPE).astype(np.float32)} for _ in range(4)]
    options = onnxruntime.SessionOptions()
    # onnxruntime fuses zero padding into MaxPool, which pads with minus infinity.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options)
    expected = session.run(None, feeds[0])
    for options, tolerance in (
        ({"precision": "fp32"}, 1e-4),
        ({"precision": "fp16"}, 2e-2),
        ({"calibration": feeds}, 0.25),  # a dozen layers of 6 x 6 images, each rounded to 8 bits
    ):
        _, package = compiled(proto, tmp_path, **options)
        for output, wanted in zip(run(package, feeds[0].values()), expected):
            scale = max(1.0, np.abs(wanted).max())
            np.testing.assert_allclose(output, wanted, rtol=0, atol=tolerance * scale)
