"""A classifier with real pictures: the same classes whatever its ports look like."""

from __future__ import annotations

import shutil
from functools import cache

import numpy as np
import onnxruntime
import pytest
from PIL import Image

import edgert
from benchmarks.models import ZOO
from edgert.preprocess import Preprocess

MODEL = ZOO / "models" / "squeezenet1_1_imagenet.onnx"
SPEC = "imagenet resize=none"
PICTURES = sorted((ZOO / "data" / "imagenet_val").rglob("*.[jJ]*[gG]"))[:240:8]

pytestmark = pytest.mark.skipif(not MODEL.exists(), reason="no zoo; set EDGERT_ZOO")


@pytest.fixture(scope="module")
def calibration(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    for path in sorted((ZOO / "data" / "imagenet_calib").rglob("*.[jJ]*[gG]"))[:20]:
        shutil.copy(path, folder)
    return folder


@cache
def truth() -> np.ndarray:
    """What onnxruntime computes in float, with preprocessing spelled out in numpy."""
    session = onnxruntime.InferenceSession(MODEL)
    scores = []
    for path in PICTURES:
        with Image.open(path) as image:
            left, top = (round((side - 224) / 2) for side in image.size)
            pixels = image.convert("RGB").crop((left, top, left + 224, top + 224))
        mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        x = ((np.asarray(pixels) / 255 - mean) / std).astype(np.float32)
        [row] = session.run(None, {session.get_inputs()[0].name: x.transpose(2, 0, 1)[None]})
        scores.append(row.ravel())
    return np.array(scores)


@pytest.fixture(scope="module")
def plain(calibration):
    bundle = edgert.compile(MODEL, calibration=calibration, preprocess=SPEC).bundle
    scores = classified(edgert.InferenceSession(bundle))
    assert agreement(scores) > 0.9
    return scores


def classified(session: edgert.InferenceSession) -> np.ndarray:
    [port] = session.get_inputs()
    rows = [session.run(None, {port.name: session.preprocess(path)})[0] for path in PICTURES]
    return np.array(rows).reshape(len(rows), -1)


def agreement(scores: np.ndarray) -> float:
    return float((scores.argmax(1) == truth().argmax(1)).mean())


@pytest.mark.parametrize("io_layout", ["onnx", "nhwc"])
@pytest.mark.parametrize("io_type", ["inputs=uint8", "inputs=int8", "uint8"])
def test_bundles(io_type, io_layout, calibration, plain):
    report = edgert.compile(
        MODEL, calibration=calibration, preprocess=SPEC, io_type=io_type, io_layout=io_layout
    )
    session = edgert.InferenceSession(report.bundle)
    scores = classified(session)
    if session.get_outputs()[0].dtype == "float32":
        np.testing.assert_array_equal(scores, plain)
    else:
        assert agreement(scores) > 0.85  # 8 bits make ties


def test_tflite_files(calibration, plain):
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    report = edgert.compile(
        MODEL, target="tflite", calibration=calibration, preprocess=SPEC, io_type="inputs=uint8"
    )
    interpreter = litert.Interpreter(model_content=report.bundle)
    interpreter.allocate_tensors()
    [detail], [output] = interpreter.get_input_details(), interpreter.get_output_details()
    bound = Preprocess.parse(SPEC).for_shape(detail["shape"].tolist())
    scale, zero_point = detail["quantization"]
    rows = []
    for path in PICTURES:
        steps = np.rint(bound.apply(path) / np.float32(scale)) + zero_point
        interpreter.set_tensor(detail["index"], steps.clip(0, 255).astype(np.uint8))
        interpreter.invoke()
        rows.append(interpreter.get_tensor(output["index"]).ravel())
    assert agreement(np.array(rows)) > 0.9
