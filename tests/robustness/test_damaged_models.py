"""Whatever is given as a model: a bundle or an edgert.Error, and no file that is not whole."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import edgert
from edgert.errors import CompileError

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits" / "digits.onnx"


def compile_to(folder, model):
    return edgert.compile(model, output=folder / "out.edgert")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"", "is empty, not an ONNX model"),
        (b"hello, I am a text file\n" * 50, "is not an ONNX model"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "is not an ONNX model"),
    ],
)
def test_what_is_no_model(tmp_path, content, message):
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CompileError, match=message) as raised:
        compile_to(tmp_path, path)
    assert "model.onnx" in str(raised.value)
    assert not (tmp_path / "out.edgert").exists()


def test_a_directory(tmp_path):
    with pytest.raises(CompileError, match="is a folder"):
        compile_to(tmp_path, tmp_path)


def test_truncated_models_are_refused(tmp_path):
    data = DIGITS.read_bytes()
    for length in [*range(1, 200, 7), *range(200, len(data), len(data) // 60)]:
        with pytest.raises(edgert.Error) as raised:
            compile_to(tmp_path, data[:length])
        assert "\n" not in str(raised.value)
    assert os.listdir(tmp_path) == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_damaged_models_compile_or_are_refused(tmp_path):
    """Bytes of names, attributes, shapes and wiring change; weights are left out as too many."""
    model = onnx.load(DIGITS)
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) > 64:
            tensor.CopyFrom(_constant(tensor))
    data = model.SerializeToString()
    chance = random.Random(11)
    outcomes = set()
    for _ in range(40):
        damaged = bytearray(data)
        for place in chance.sample(range(len(data)), chance.choice([1, 1, 2])):
            damaged[place] ^= chance.choice([1, 2, 4, 8, 0x10, 0x80, 0xFF])
        try:
            compile_to(tmp_path, bytes(damaged))
            outcomes.add("compiled")
            os.remove(tmp_path / "out.edgert")
        except edgert.Error:
            outcomes.add("refused")
        assert os.listdir(tmp_path) == []
    assert outcomes == {"compiled", "refused"}


def _constant(tensor: onnx.TensorProto) -> onnx.TensorProto:
    """The same weights as far as shapes go, in a form that few bytes can damage."""
    return numpy_helper.from_array(np.ones(tuple(tensor.dims), np.float32), tensor.name)


def test_names_that_are_no_text(tmp_path):
    data = DIGITS.read_bytes().replace(b"node_Conv_245", b"node_Conv\xff245"[:13])
    with pytest.raises(CompileError, match="is not text"):
        compile_to(tmp_path, data)


def test_weights_that_are_not_finite_stay_in_float():
    model = onnx.load(DIGITS)
    (weight, *_) = (t for t in model.graph.initializer if len(t.dims) == 4)
    values = numpy_helper.to_array(weight).copy()
    values.flat[0] = np.nan
    weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    feed = {"image": np.zeros((1, 1, 8, 8), np.float32)}
    for calibration in ([feed], None):
        report = edgert.compile(model, calibration=calibration)
        reasons = [node.reason for node in report.nodes if node.precision == "float"]
        assert "its weights or its bias are not finite" in reasons
