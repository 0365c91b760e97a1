"""Programs that were written for TFLite print the same after one import is changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import edgert
from edgert.compat.tflite import Interpreter, load_delegate

from .detector import SIZE, detector

litert = pytest.importorskip("ai_edge_litert.interpreter")

PROGRAMS = Path(__file__).with_name("programs")
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGERT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "detect.tflite"
    path.write_bytes(detector())
    return path


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    pixels = np.random.default_rng(9).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def output_of(source: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", source, *map(str, arguments)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", ["camera_tflite.py", "detector_plugin.py"])
def test_a_program_runs_by_changing_one_import(program, model, picture):
    source = (PROGRAMS / program).read_text()
    arguments = [model, picture][: 1 + ("PIL" in source)]
    theirs = source.replace("tflite_runtime.interpreter", "ai_edge_litert.interpreter")
    ours = source.replace("tflite_runtime.interpreter", "edgert.compat.tflite")
    expected = output_of(theirs, *arguments)
    assert expected.count("\n") > 3
    assert output_of(ours, *arguments) == expected


def described(details):
    keys = ("name", "dtype", "quantization")
    return [{**{k: d[k] for k in keys}, "shape": tuple(d["shape"])} for d in details]


def test_details_are_those_of_tflite(model):
    theirs, ours = litert.Interpreter(model_path=str(model)), Interpreter(model_path=model)
    for found in (theirs, ours):
        found.allocate_tensors()
    assert described(ours.get_input_details()) == described(theirs.get_input_details())
    assert described(ours.get_output_details()) == described(theirs.get_output_details())
    assert theirs.get_input_details()[0].keys() <= ours.get_input_details()[0].keys()


def test_8_bit_ports_tell_their_quantization(tmp_path):
    digits = CHECKOUT / "examples" / "digits" / "digits.onnx"
    rng = np.random.default_rng(0)
    [port] = edgert.InferenceSession(edgert.compile(digits).bundle).get_inputs()
    samples = [{port.name: rng.uniform(0, 16, port.shape).astype(np.float32)} for _ in range(4)]
    report = edgert.compile(
        digits,
        calibration=samples,
        target_options={"io_type": "uint8", "io_layout": "nhwc"},
    )
    interpreter = Interpreter(model_content=report.bundle)
    interpreter.allocate_tensors()
    [details] = interpreter.get_input_details()
    scale, zero_point = details["quantization"]
    assert details["dtype"] == np.uint8
    assert tuple(details["shape"]) == tuple(np.array(port.shape)[[0, 2, 3, 1]])
    assert details["quantization_parameters"]["scales"].tolist() == [np.float32(scale)]

    pixels = samples[0][port.name].transpose(0, 2, 3, 1)
    quanta = np.clip(np.rint(pixels / np.float32(scale)) + zero_point, 0, 255).astype(np.uint8)
    interpreter.set_tensor(details["index"], quanta)
    interpreter.invoke()
    [output] = interpreter.get_output_details()
    step, zero_point = output["quantization"]
    result = (interpreter.get_tensor(output["index"]).astype(np.float32) - zero_point) * step
    plain = edgert.compile(digits, calibration=samples).bundle
    [expected] = edgert.InferenceSession(plain).run(None, samples[0])
    assert output["dtype"] == np.uint8
    np.testing.assert_allclose(result, expected, atol=0.5001 * step)


def test_signatures(model):
    interpreter = Interpreter(model_path=model)
    [names] = interpreter.get_signature_list().values()
    assert names["inputs"] == ["image"]
    image = np.zeros((1, SIZE, SIZE, 3), np.float32)
    outputs = interpreter.get_signature_runner()(image=image)
    assert set(outputs) == set(names["outputs"])


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda i: i.invoke(), RuntimeError, "allocate_tensors"),
        (lambda i: i.get_tensor(0), ValueError, "allocate_tensors"),
        (lambda i: i.set_tensor(7, 0), ValueError, "there is no input 7"),
        (lambda i: i.get_tensor(99), ValueError, "there is no tensor 99"),
        (lambda i: i.get_signature_runner("other"), ValueError, "no signature 'other'"),
        (lambda i: i.resize_tensor_input(0, [1, 2]), ValueError, "cannot have the shape"),
    ],
)
def test_mistakes_raise_what_tflite_raises(model, attempt, error, message):
    with pytest.raises(error, match=message) as raised:
        attempt(Interpreter(model_path=model))
    assert isinstance(raised.value, edgert.Error)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model_path": "missing.tflite"}, "cannot read"),
        ({"model_content": b"neither a bundle nor a model"}, "not an ONNX or TFLite model"),
        ({"model_path": "missing.tflite", "num_threads": "4"}, "num_threads"),
    ],
)
def test_what_cannot_be_opened_is_a_value_error(arguments, message):
    with pytest.raises(ValueError, match=message) as raised:
        Interpreter(**arguments)
    assert isinstance(raised.value, edgert.Error)


def test_float_models_stay_float(model):
    """Quantizing while running is for files that say so."""
    image = np.random.default_rng(5).uniform(-1, 1, (1, SIZE, SIZE, 3)).astype(np.float32)
    session = edgert.InferenceSession(edgert.compile(model, precision="fp32").bundle)
    interpreter = Interpreter(model_path=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, image)
    interpreter.invoke()
    outputs = [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
    for result, expected in zip(outputs, session.run(None, {"image": image})):
        np.testing.assert_array_equal(result, expected)


def test_a_wrong_array_is_refused(model):
    interpreter = Interpreter(model_path=model)
    interpreter.allocate_tensors()
    with pytest.raises(ValueError, match=r"was given uint8 \[1, 2\]"):
        interpreter.set_tensor(0, np.zeros((1, 2), np.uint8))


def test_delegates_are_refused_as_missing_libraries_are(model):
    for error in (OSError, ValueError, edgert.Error):
        with pytest.raises(error, match="CPU"):
            load_delegate("libedgetpu.so.1")
    with pytest.raises(ValueError, match="experimental_delegates"):
        Interpreter(model_path=model, experimental_delegates=[object()])


@pytest.mark.parametrize("changes", [{"use_regular_nms": True}, {"max_classes_per_detection": 2}])
def test_other_forms_of_the_detection_tail_are_refused(changes):
    with pytest.raises(edgert.UnsupportedOpError, match="TFLite_Detection_PostProcess"):
        edgert.compile(detector(**changes))


@pytest.mark.parametrize("threshold", [0.0, 0.6, 0.999])
def test_the_detection_tail_is_that_of_litert(threshold):
    data = detector(nms_score_threshold=threshold, max_detections=10)
    theirs, ours = litert.Interpreter(model_content=data), Interpreter(model_content=data)
    for seed in range(4):
        image = np.random.default_rng(seed).uniform(-1, 1, (1, SIZE, SIZE, 3)).astype(np.float32)
        outputs = []
        for runtime in (theirs, ours):
            runtime.allocate_tensors()
            runtime.set_tensor(runtime.get_input_details()[0]["index"], image)
            runtime.invoke()
            outputs.append([runtime.get_tensor(d["index"]) for d in runtime.get_output_details()])
        (*expected, number), (*results, found) = outputs
        count = int(number[0])
        assert found[0] == count
        for theirs_, ours_ in zip(expected, results):  # LiteRT leaves the rest as it was
            np.testing.assert_allclose(ours_[:, :count], theirs_[:, :count], atol=1e-5)
            assert not ours_[:, count:].any()
