"""Files that are something else than they are taken for."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest

import edgert
from edgert.bundle import BundleReader

from .models import broken, floats

MODEL = broken("", "(float[4] x) => (float[4] y)", "y = Add(x, w)", w=floats(4)).model()


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name in names:
            written.writestr(name, b"")
    return file.getvalue()


def arrays() -> bytes:
    file = io.BytesIO()
    np.savez(file, x=floats(3))
    return file.getvalue()


FOREIGN = [
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "run git lfs pull"),
    (b"/annex/objects/MD5E-s5--00.onnx\n", "run git annex get"),
    (b"\n<!DOCTYPE html><html></html>", "a web page instead of the file; download"),
    (archive("net/data.pkl", "net/version"), "a PyTorch file; .*torch.onnx.export"),
    (pickle.dumps({"weights": [1]}, protocol=2), "a pickle, as PyTorch and scikit-learn"),
    (archive("config.json", "model.weights.h5"), "a Keras model"),
    (b"\x89HDF\r\n\x1a\n" + bytes(99), r"a Keras \(HDF5\) file"),
    (archive("model.onnx"), "a zip archive; unpack it"),
    (gzip.compress(MODEL.SerializeToString()), "a gzip archive; unpack it"),
    (arrays(), "a file of numpy arrays"),
    (bytes([8, 0, 0, 0, 0, 0, 0, 0]) + b'{"a":{}}', "a safetensors file"),
    (b"\x1c\0\0\0ORTM" + bytes(99), "ONNX Runtime's own format"),
    (b"GGUF" + bytes(99), "a GGUF model"),
    (b"\x08\x01\x12\x04meta", "a TensorFlow SavedModel"),
    (b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
    (b"ir_version: 8\n", "a text file"),
]


@pytest.mark.parametrize(("content", "words"), FOREIGN)
def test_foreign_files(tmp_path, content, words):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(edgert.CompileError, match=f"is not an ONNX model but .*{words}"):
        edgert.compile(path)
    with pytest.raises(edgert.BundleError, match=f"is not an edgert bundle but .*{words}"):
        edgert.InferenceSession(path)
    with pytest.raises(edgert.BundleError, match=words):
        BundleReader.open(path)


def test_models_are_compiled_first(tmp_path):
    path = tmp_path / "my model.onnx"
    onnx.save(MODEL, path)
    with pytest.raises(edgert.BundleError) as raised:
        edgert.InferenceSession(path)
    command = f"edgert compile '{path}'"
    assert str(raised.value).endswith(
        f"is an ONNX model, not a bundle; compile it first: {command}"
    )
    with pytest.raises(edgert.BundleError, match=r"the data is an ONNX model.*: edgert\.compile"):
        edgert.InferenceSession(MODEL.SerializeToString())
    (tmp_path / "m.tflite").write_bytes(b"\x1c\0\0\0TFL3" + bytes(64))
    with pytest.raises(edgert.BundleError, match=r"is a TFLite model, .* edgert compile "):
        edgert.InferenceSession(tmp_path / "m.tflite")


def test_bundles_are_compiled_already(tmp_path):
    bundle = edgert.compile(MODEL, output=tmp_path / "m.edgert").bundle
    with pytest.raises(
        edgert.CompileError, match=r"compiled already; run it: edgert run .*m\.edgert"
    ):
        edgert.compile(tmp_path / "m.edgert")
    with pytest.raises(edgert.CompileError, match=r"compiled already; run it$"):
        edgert.compile(bundle)


def test_cut_off_models_say_how_much_there_is(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(MODEL.SerializeToString()[:-9])
    size = path.stat().st_size
    with pytest.raises(edgert.CompileError, match=rf"\({size} bytes\) is .* damaged or cut off"):
        edgert.compile(path)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("saved_model.pb", "a TensorFlow SavedModel"),
        ("Manifest.json", "a Core ML package"),
        ("model.onnx", "a folder; give the path of a file"),
    ],
)
def test_folders(tmp_path, inside, words):
    (tmp_path / inside).touch()
    with pytest.raises(edgert.CompileError, match=words):
        edgert.compile(tmp_path)
    with pytest.raises(edgert.BundleError, match=words):
        edgert.InferenceSession(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file 'w.data' beside it; copy it there, too"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "'w.data' is a git-lfs pointer.* lfs pull",
        ),
        (b"1234", "available data"),
    ],
)
def test_external_data(tmp_path: Path, content, words):
    path = tmp_path / "m.onnx"
    onnx.save_model(
        onnx.ModelProto.FromString(MODEL.SerializeToString()),
        path,
        save_as_external_data=True,
        location="w.data",
        size_threshold=0,
    )
    if content is None:
        (tmp_path / "w.data").unlink()
    else:
        (tmp_path / "w.data").write_bytes(content)
    with pytest.raises(
        edgert.CompileError, match=f"external data of '.*' cannot be read: .*{words}"
    ):
        edgert.compile(path)
