"""Real models: what is left after optimization, and that the numbers stay."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import onnx
import pytest

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize
from edgert_compiler.unsupported import unsupported

from .cases import histogram
from .expand import random_feeds, run_onnx, run_optimized

ZOO = Path(os.environ.get("EDGERT_ZOO", Path(__file__).parents[2] / ".." / "shared" / "zoo"))
MODELS = sorted((ZOO / "models").glob("*.onnx"))
needs_zoo = pytest.mark.skipif(not MODELS, reason=f"no models in {ZOO}; set EDGERT_ZOO")

INPUT_SHAPES = {"silero_vad_16k": {"input": (1, 512), "state": (2, 1, 128)}}
EXPECTED = {
    "mobilenet_v2_100_imagenet": {
        "edgert.Conv": 53,
        "GlobalAveragePool": 1,
        "Reshape": 1,
        "Softmax": 1,
    },
    "mobilenet_edgetpu_100_imagenet": {
        "edgert.Conv": 59,
        "GlobalAveragePool": 1,
        "Reshape": 1,
        "Softmax": 1,
    },
    "squeezenet1_1_imagenet": {
        "edgert.Conv": 26,
        "MaxPool": 3,
        "Concat": 8,
        "GlobalAveragePool": 1,
        "Reshape": 1,
    },
    "resnet20_cifar10": {
        "edgert.Conv": 19,
        "Slice": 2,
        "Pad": 2,
        "GlobalAveragePool": 1,
        "Reshape": 1,
        "edgert.Gemm": 1,
    },
}


def feeds_of(proto: onnx.ModelProto, name: str) -> dict[str, np.ndarray]:
    feeds = random_feeds(proto)
    for value, shape in INPUT_SHAPES.get(name, {}).items():
        feeds[value] = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    if "sr" in feeds:
        feeds["sr"] = np.array(16000, np.int64)
    return feeds


@needs_zoo
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_numbers_names_and_shapes_stay(path):
    proto = onnx.load(path)
    model = optimize(load_model(path, INPUT_SHAPES.get(path.stem)))
    feeds = feeds_of(proto, path.stem)
    expected, actual = run_onnx(proto, feeds), run_optimized(model, feeds)
    assert [v.name for v in model.graph.outputs] == [v.name for v in proto.graph.output]
    for want, got in zip(expected, actual):
        assert got.shape == want.shape
        assert got.dtype == want.dtype
        if want.dtype.kind == "f":
            scale = np.abs(want).max(initial=1e-6)
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5 * scale)
        else:
            np.testing.assert_array_equal(got, want)
    for item in unsupported(model):
        assert item.node
        assert item.reason


@needs_zoo
@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_left(name):
    path = ZOO / "models" / f"{name}.onnx"
    assert histogram(optimize(load_model(path))) == EXPECTED[name]


@needs_zoo
def test_a_model_of_700_nodes_takes_seconds():
    path = ZOO / "models" / "kwt1_speech_commands.onnx"
    start = time.process_time()
    model = optimize(load_model(path))
    assert len(model.graph) < 700
    assert time.process_time() - start < 10
