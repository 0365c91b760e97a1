"""Real models as TFLite files: float against onnxruntime, int8 node by node against edgert."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import edgert
from edgert_compiler.pipeline import Options

from .litert import LiteRT, compile_tflite, int8_nodes, largest_difference, one_step, run_edgert

ZOO = Path(
    os.environ.get("EDGERT_ZOO", Path(__file__).resolve().parents[2] / ".." / "shared" / "zoo")
)
INT8 = (
    "deeplabv3_mnv2_257_voc",
    "espcn_x3_superres",
    "mobilenet_v2_100_imagenet",
    "nanodet_m_416_coco",
    "resnet20_cifar10",
    "squeezenet1_1_imagenet",
    "yunet_n_320_face",
)
FLOAT = (
    *INT8,
    "dtln_1_noise_suppression",
    "dtln_2_noise_suppression",
    "kwt1_speech_commands",
    "ldc_edge_360x640",
    "magika_v3_3_static",
    "mobilenet_edgetpu_100_imagenet",
    "silero_vad_16k_static",
    "wine_white_mlp",
)


def path_of(name: str) -> Path:
    path = ZOO / "models" / f"{name}.onnx"
    if not path.exists():
        pytest.skip(f"no {name} in {ZOO}; set EDGERT_ZOO")
    return path


def feeds(path: Path, count: int) -> list[dict[str, np.ndarray]]:
    model = onnx.load(path)
    constants = {tensor.name for tensor in model.graph.initializer}
    rng = np.random.default_rng(0)
    inputs = [value for value in model.graph.input if value.name not in constants]

    def sample(value: onnx.ValueInfoProto) -> np.ndarray:
        tensor = value.type.tensor_type
        shape = [dim.dim_value or 1 for dim in tensor.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        return rng.standard_normal(shape).astype(dtype)

    return [{value.name: sample(value) for value in inputs} for _ in range(count)]


@pytest.mark.parametrize("name", FLOAT)
def test_float_file_agrees_with_onnxruntime(name: str) -> None:
    path = path_of(name)
    (feed,) = feeds(path, 1)
    session = onnxruntime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    expected = dict(zip(names, session.run(None, feed)))
    report = edgert.compile(path, target="tflite", precision="fp32")
    found = LiteRT.run(report.bundle, feed).outputs(expected)
    for output, reference in expected.items():
        scale = max(1.0, float(np.abs(reference).max()))
        np.testing.assert_allclose(found[output], reference, rtol=0, atol=1e-4 * scale)


@pytest.mark.parametrize("name", INT8)
def test_int8_operators_agree_with_edgert_within_a_step(name: str) -> None:
    """Each node gets the numbers that LiteRT computed before it."""
    path = path_of(name)
    *calibration, feed = feeds(path, 3)
    compiled = compile_tflite(path, Options(calibration=calibration))
    (variant,) = compiled.variants
    litert = LiteRT.run(compiled.artifact.data, feed)
    nodes = list(int8_nodes(compiled))
    steps = [largest_difference(node, variant.plan, litert) for node in nodes]
    # Some values are not there: an addition that only a ReLU reads computes it, too.
    assert sum(step is not None for step in steps) >= 0.5 * len(nodes)
    assert not {
        node.name: step
        for node, step in zip(nodes, steps)
        if step is not None and step > one_step(node, variant.plan)
    }


@pytest.mark.parametrize("name", INT8)
def test_int8_outputs_are_near_those_of_edgert(name: str) -> None:
    path = path_of(name)
    *calibration, feed = feeds(path, 3)
    compiled = compile_tflite(path, Options(calibration=calibration))
    (variant,) = compiled.variants
    expected = run_edgert(variant.model, variant.plan, feed)
    found = LiteRT.run(compiled.artifact.data, feed).outputs(expected)
    for output, reference in expected.items():
        error = np.abs(found[output] - reference)
        signal = float(np.abs(reference).max())
        assert error.mean() <= 0.02 * max(signal, 1e-3), output
