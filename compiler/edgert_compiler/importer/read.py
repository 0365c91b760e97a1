"""Reading and checking: from a path, bytes or a proto to a valid `onnx.ModelProto`.

Files may also be TFLite models, which are read into ONNX (importer/tflite).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import onnx
import onnx.inliner
import onnx.version_converter
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from edgert._formats import describe_folder, no_model, recognized
from edgert.errors import CompileError
from edgert_compiler.importer.check import check
from edgert_compiler.importer.order import sort_nodes

OLDEST_OPSET = 7
"""The oldest opset that is read as it is; older models are converted to it."""
TFLITE_IDENTIFIER = b"TFL3"
_HEAD = 64  # bytes that tell what a file is


def read(
    source: str | os.PathLike[str] | bytes | onnx.ModelProto,
) -> tuple[onnx.ModelProto, str]:
    """The checked model with its functions inlined, and the SHA-256 of what was read.

    The digest is that of the file (without external data), the bytes, or the proto. Raises
    CompileError.
    """
    if isinstance(source, onnx.ModelProto):
        name, data, model = "the model", None, _copy(source)
    elif isinstance(source, bytes):
        name, data, model = "the model", source, _parse(source, "the model")
    else:
        name, data = f"'{os.fspath(source)}'", _file_bytes(Path(source))
        model = _parse(data, name, os.fspath(source))
        _load_external_data(model, Path(source))
    _shorten_default_domain(model)
    model.graph.name = model.graph.name or "main"  # the checker asks for one, runtimes do not
    sort_nodes(model.graph)
    check(model, name)
    if isinstance(source, onnx.ModelProto):
        data = source.SerializeToString(deterministic=True)
    digest = hashlib.sha256(data or b"").hexdigest()
    return _inline_functions(_modernize(model, name), name), digest


def _copy(model: onnx.ModelProto) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy


def _file_bytes(path: Path) -> bytes:
    if not path.exists():
        raise CompileError(f"model file '{path}' does not exist")
    if path.is_dir():
        raise CompileError(f"'{path}' is {describe_folder(str(path))}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise CompileError(f"model file '{path}' cannot be read: {error.strerror}") from error


def _load_external_data(model: onnx.ModelProto, path: Path) -> None:
    problem = _missing_data(model, path.parent)
    try:
        if problem is None:
            onnx.load_external_data_for_model(model, str(path.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        problem = _one_line(error)
    if problem is not None:
        raise CompileError(f"external data of '{path}' cannot be read: {problem}")


def _missing_data(model: onnx.ModelProto, folder: Path) -> str | None:
    """Which file is not there, or is none of tensors."""
    external = (t for t in model.graph.initializer if t.data_location == t.EXTERNAL)
    files = (entry.value for t in external for entry in t.external_data if entry.key == "location")
    for file in dict.fromkeys(files):
        if not (folder / file).exists():
            return f"there is no file '{file}' beside it; copy it there, too"
        with contextlib.suppress(OSError):
            what, advice = recognized((folder / file).read_bytes()[:_HEAD]) or ("", "")
            if "pointer" in what:
                return f"'{file}' is {what}; {advice}"
    return None


def _parse(data: bytes, name: str, path: str | None = None) -> onnx.ModelProto:
    if not data:
        raise CompileError(f"{name} is empty, not an ONNX model")
    if data[4:8] == TFLITE_IDENTIFIER:
        from edgert_compiler.importer.tflite import to_onnx

        return to_onnx(data, name)
    try:
        model: onnx.ModelProto = onnx.ModelProto.FromString(data)
    except DecodeError as error:
        raise CompileError(no_model(data, name, path)) from error
    if not model.HasField("graph") or not model.opset_import:
        raise CompileError(no_model(data, name, path, "it has no graph or no opset"))
    return model


def _shorten_default_domain(model: onnx.ModelProto) -> None:
    """Writes domain "ai.onnx" as "", the name that everything behind knows."""
    for opset in (*model.opset_import, *(o for f in model.functions for o in f.opset_import)):
        if opset.domain == "ai.onnx":
            opset.domain = ""


def _modernize(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """The model in opset 7 or newer: before, operators broadcast by attributes."""
    opset = max((o.version for o in model.opset_import if not o.domain), default=0)
    if not 0 < opset < OLDEST_OPSET:
        return model
    try:
        return onnx.version_converter.convert_version(model, OLDEST_OPSET)
    except (RuntimeError, ValueError) as error:
        raise CompileError(
            f"{name} uses opset {opset} and cannot be converted to opset {OLDEST_OPSET}: "
            f"{_one_line(error)}"
        ) from error


def _inline_functions(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    if not model.functions:
        return model
    try:
        inlined: onnx.ModelProto = onnx.inliner.inline_local_functions(model, convert_version=True)
    except (RuntimeError, ValueError) as error:
        raise CompileError(f"functions of {name} cannot be inlined: {_one_line(error)}") from error
    return inlined


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
