"""What a file is that is neither a bundle nor a model: told by how it begins. Private.

For messages alone: nothing is read that way.
"""

from __future__ import annotations

import os

from edgert._text import quoted

_HEAD = 4096  # bytes that are looked at
_EXPORT = "export the model to ONNX, and compile that"
_TORCH = "export the model with torch.onnx.export, and compile the .onnx file"
_KERAS = "export the model to ONNX (tf2onnx) or to .tflite, and compile that"
_UNPACK = "unpack it, and give the model in it"
_AGAIN = "download the file again"

_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs", "a git-lfs pointer instead of the file", "run git lfs pull"),
    (b"/annex/objects/", "a git-annex pointer instead of the file", "run git annex get"),
    (b"<!doctype html", "a web page instead of the file", _AGAIN),
    (b"<html", "a web page instead of the file", _AGAIN),
    (b"\x89hdf\r\n\x1a\n", "a Keras (HDF5) file", _KERAS),
    (b"\x93numpy", "a numpy array", _EXPORT),
    (b"\x80\x02", "a pickle, as PyTorch and scikit-learn write it", _EXPORT),
    (b"\x80\x03", "a pickle, as PyTorch and scikit-learn write it", _EXPORT),
    (b"\x80\x04", "a pickle, as PyTorch and scikit-learn write it", _EXPORT),
    (b"\x80\x05", "a pickle, as PyTorch and scikit-learn write it", _EXPORT),
    (b"gguf", "a GGUF model", _EXPORT),
    (b"rknn", "an RKNN model", "give the ONNX model that it was made from"),
    (b"7767517", "an ncnn model", "give the ONNX model that it was made from"),
    (b"<?xml", "an XML file, as OpenVINO writes it", "give the ONNX model that it was made from"),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"bzh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zxz", "an xz archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7z archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (b"\x89png", "a picture", "give a model"),
    (b"\xff\xd8\xff", "a picture", "give a model"),
    (b"\x7felf", "a program or library", "give a model"),
    (b"{", "a text file", "give a model"),
)
"""How a file begins (in lower case), what it is, what to do."""

_FLATBUFFERS = {
    b"ORTM": ("a model in ONNX Runtime's own format", "give the ONNX model that it was made from"),
    b"JTPT": ("an ExecuTorch or TorchScript file", _TORCH),
    b"ET12": ("an ExecuTorch program", _TORCH),
}


def no_model(data: bytes, name: str, path: str | None = None, otherwise: str = "") -> str:
    """What to say about data that was taken for an ONNX model and is none.

    name: as messages call it; path: its file, where it is one; otherwise: the reason where nothing
    better is found.
    """
    if data[4:8] == b"EDGR":
        ready = "run it" if path is None else f"run it: edgert run {quoted(path)}"
        return f"{name} is an edgert bundle, which is compiled already; {ready}"
    found = recognized(data, path)
    if found is None and otherwise:
        return f"{name} is not an ONNX model: {otherwise}"
    if found is None and _is_onnx(data):
        size = f"{len(data)} bytes"
        return f"{name} ({size}) is an ONNX model that is damaged or cut off; copy it again"
    if found is None:
        return f"{name} is not an ONNX model, or it is damaged"
    return f"{name} is not an ONNX model but {found[0]}; {found[1]}"


def no_bundle(source: object) -> str | None:
    """What to say about a path or bytes that were taken for a bundle; None where it may be one."""
    path = None if isinstance(source, (bytes, bytearray, memoryview)) else os.fsdecode(source)  # type: ignore[arg-type]
    if path is not None and os.path.isdir(path):
        return f"{path} is {describe_folder(path)}"
    data = bytes(memoryview(source)[:_HEAD]) if path is None else _head(path)  # type: ignore[arg-type]
    if not data or data[4:8] == b"EDGR":
        return None
    name = "the data" if path is None else path
    tflite = data[4:8] == b"TFL3"
    if tflite or _is_onnx(data):
        kind = "a TFLite model" if tflite else "an ONNX model"
        command = "edgert.compile" if path is None else f"edgert compile {quoted(path)}"
        return f"{name} is {kind}, not a bundle; compile it first: {command}"
    found = recognized(data, path)
    return None if found is None else f"{name} is not an edgert bundle but {found[0]}; {found[1]}"


def describe_folder(path: str) -> str:
    """What a folder is, and what to do, where a file was expected."""
    if os.path.exists(os.path.join(path, "saved_model.pb")):
        return f"a TensorFlow SavedModel; {_KERAS}"
    if os.path.exists(os.path.join(path, "Manifest.json")):
        return "a Core ML package, which Core ML runs; give the ONNX model that it was made from"
    return "a folder; give the path of a file"


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def _is_onnx(data: bytes) -> bool:
    """Whether it begins with the fields of a ModelProto: an ir_version from 3 on, then another."""
    return len(data) > 2 and data[0] == 0x08 and 2 < data[1] < 32 and data[2] in _MODEL_FIELDS


_MODEL_FIELDS = frozenset(number << 3 | 2 for number in (2, 3, 4, 6, 7, 8)) | {5 << 3}


def recognized(data: bytes, path: str | None = None) -> tuple[str, str] | None:
    """What data is that begins so, and what to do; None where nothing known begins so."""
    if data[4:8] in _FLATBUFFERS:
        return _FLATBUFFERS[data[4:8]]
    if data[:2] == b"PK":
        return _archive(path)
    if data[:3] == b"\x08\x01\x12":
        return "a TensorFlow SavedModel", _KERAS
    if data[8:10] == b'{"' and data[4:8] == bytes(4):
        return "a safetensors file, which has weights alone", _EXPORT
    head = data[:64].lstrip().lower()
    for beginning, what, advice in _BEGINNINGS:
        if head.startswith(beginning):
            return what, advice
    return ("a text file", "give a model") if _is_text(data[:_HEAD]) else None


def _is_text(data: bytes) -> bool:
    return all(byte > 31 or byte in b"\t\r\n" for byte in data) and b"\x7f" not in data


def _archive(path: str | None) -> tuple[str, str]:
    import zipfile

    names: list[str] = []
    if path is not None:
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (OSError, zipfile.BadZipFile):
            pass
    ends: tuple[tuple[str, str, str], ...] = (
        ("/data.pkl", "a PyTorch file", _TORCH),
        (".weights.h5", "a Keras model", _KERAS),
        (".npy", "a file of numpy arrays", _EXPORT),
    )
    for end, what, advice in ends:
        if any(name.endswith(end) for name in names):
            return what, advice
    return "a zip archive", _UNPACK
