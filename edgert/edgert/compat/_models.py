"""From what a program opens, a bundle or a model of another runtime, to sessions."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import edgert
from edgert import _core
from edgert._extras import compiler_needed
from edgert._files import write_atomically
from edgert._text import reason
from edgert.errors import BundleError, Error, InputError
from edgert.session import InferenceSession, NodeArg

if TYPE_CHECKING:
    from edgert.delegated import ProviderChoice

_BUNDLE_ID = b"EDGR"
_TFLITE_ID = b"TFL3"
_ID = slice(4, 8)  # FlatBuffers' file identifier

Shapes = Mapping[str, Sequence[int]]


class Model(Protocol):
    """A model that can be run.

    Attributes:
        inputs, outputs: a dimension that the model leaves open is None or a name.
    """

    inputs: list[NodeArg]
    outputs: list[NodeArg]

    def session(self, shapes: Shapes) -> InferenceSession:
        """The session for inputs of these shapes."""


class BundleModel:
    """A bundle: one session for everything."""

    def __init__(
        self,
        bundle: str | bytes,
        num_threads: int | None,
        providers: Sequence[ProviderChoice] = (),
    ) -> None:
        with warnings.catch_warnings():
            # Programs name whatever may be there.
            warnings.filterwarnings("ignore", "the bundle has no partition", RuntimeWarning)
            self._session = InferenceSession(bundle, num_threads, providers=providers or None)
        self.inputs = self._session.get_inputs()
        self.outputs = self._session.get_outputs()

    def session(self, shapes: Shapes) -> InferenceSession:
        return self._session


class OpenModel:
    """An ONNX model with open dimensions: compiled for the shapes that it is given."""

    def __init__(self, source: _Source, graph: Any, num_threads: int | None) -> None:
        initializers = {tensor.name for tensor in graph.initializer}
        self.inputs = [_port(v) for v in graph.input if v.name not in initializers]
        self.outputs = [_port(v) for v in graph.output]
        self._source = source
        self._num_threads = num_threads
        self._sessions: dict[tuple[tuple[str, tuple[int, ...]], ...], InferenceSession] = {}

    def session(self, shapes: Shapes) -> InferenceSession:
        for port in self.inputs:
            if not _fits(shapes.get(port.name, port.shape), port.shape):
                given = list(shapes[port.name])
                raise InputError(f"input {port.described()} was given the shape {given}")
        key = tuple(sorted((name, tuple(map(int, shape))) for name, shape in shapes.items()))
        if key not in self._sessions:
            self._sessions[key] = InferenceSession(
                self._source.compiled(dict(key)), self._num_threads
            )
        return self._sessions[key]


def open_model(
    model: str | os.PathLike[str] | bytes,
    num_threads: int | None = None,
    precision: str | None = None,
    providers: Sequence[ProviderChoice] = (),
) -> Model:
    """The model, ready to run.

    model: a bundle or an ONNX or TFLite model, as a path or bytes.
    precision: what `edgert.compile` is told; None: float, where the model is not quantized itself.
    providers: of a bundle's partitions, see `edgert.InferenceSession`.

    Raises Error where there is no bundle of the model and the compiler is not installed, and what
    loading and compiling raise.
    """
    if not isinstance(model, (bytes, bytearray, memoryview)):
        beside = _bundle_beside(os.fspath(model))
        if beside is not None:
            return BundleModel(beside, num_threads, providers)
    source = _Source(model, precision)
    if source.data[_ID] == _BUNDLE_ID:
        return BundleModel(source.path or source.data, num_threads, providers)
    if source.data[_ID] == _TFLITE_ID:
        return BundleModel(source.compiled({}), num_threads)
    graph = source.proto.graph
    if all(type(dim) is int for port in map(_port, graph.input) for dim in port.shape):
        return BundleModel(source.compiled({}), num_threads)
    return OpenModel(source, graph, num_threads)


def _bundle_beside(path: str) -> str | None:
    """`model.edgert` beside `model.onnx`, if it was compiled from that, or is there alone."""
    stem, suffix = os.path.splitext(path)
    bundle = f"{stem}.edgert"
    if suffix == ".edgert" or not os.path.exists(bundle):
        return None
    if not os.path.exists(path):
        return bundle
    digest = hashlib.sha256(_contents(path)).hexdigest()
    if _core.Model(bundle, False).metadata("source_sha256") == digest:
        return bundle
    warnings.warn(
        f"{bundle} was not compiled from {path} as it is now; it is ignored", stacklevel=4
    )
    return None


class _Source:
    """A model file, and the bundles compiled from it."""

    def __init__(
        self, model: str | os.PathLike[str] | bytes | bytearray | memoryview, precision: str | None
    ) -> None:
        self._precision = precision
        self.path = None
        if isinstance(model, (bytes, bytearray, memoryview)):
            self.data = bytes(model)
            return
        self.path = os.fspath(model)
        self.data = _contents(self.path)

    @functools.cached_property
    def proto(self) -> Any:
        """The onnx.ModelProto, without external data."""
        with compiler_needed():
            import onnx
        problem = f"{self.path or 'the model'} is not an ONNX or TFLite model, and not a bundle"
        try:
            proto = onnx.load_model_from_string(self.data)
        except Exception as error:  # protobuf has exceptions of its own for each implementation
            raise InputError(problem) from error
        if not proto.HasField("graph"):
            raise InputError(problem)
        return proto

    def compiled(self, shapes: Mapping[str, tuple[int, ...]]) -> str | bytes:
        """The bundle for these input shapes, from the cache if it is there."""
        precision = self._precision or self._own_precision()
        path = self._cached(shapes, precision)
        if os.path.exists(path):
            with contextlib.suppress(BundleError):  # damaged: compiled again
                _core.Model(path, True)
                return path
        report = edgert.compile(
            self.path or self.data, precision=precision, input_shapes=shapes or None
        )
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_atomically(path, report.bundle)
        except (OSError, Error) as error:
            warnings.warn(f"the compiled model is not kept: {error}", stacklevel=4)
            return report.bundle
        return path

    def _own_precision(self) -> str:
        """int8 only where the model says how."""
        return "auto" if self._is_quantized() else "fp32"

    def _is_quantized(self) -> bool:
        if self.data[_ID] != _TFLITE_ID:
            return any(node.op_type == "QuantizeLinear" for node in self.proto.graph.node)
        with compiler_needed():
            from edgert_compiler.importer.tflite.file import read
        operators = read(self.data, self.path or "the model").operators
        tensors = (tensor for op in operators for tensor in (*op.inputs, *op.outputs))
        return any(tensor is not None and tensor.quantization is not None for tensor in tensors)

    def _cached(self, shapes: Mapping[str, tuple[int, ...]], precision: str) -> str:
        digest = hashlib.sha256(self.data)
        for file in self._external_files():
            digest.update(file)
        digest.update(repr((_core.version(), precision, sorted(shapes.items()))).encode())
        return os.path.join(_cache_folder(), f"{digest.hexdigest()[:32]}.edgert")

    def _external_files(self) -> list[bytes]:
        """The contents of files that the model's initializers are in."""
        if self.path is None or self.data[_ID] == _TFLITE_ID:
            return []
        names = {
            entry.value
            for tensor in self.proto.graph.initializer
            for entry in tensor.external_data
            if entry.key == "location"
        }
        folder = os.path.dirname(self.path)
        return [_contents(os.path.join(folder, name)) for name in sorted(names)]


def _fits(shape: Sequence[object], declared: Sequence[object]) -> bool:
    """Whether an input may have the shape; names stand for any size."""
    return len(shape) == len(declared) and all(
        type(known) is not int or size == known for size, known in zip(shape, declared)
    )


def _contents(path: str) -> bytes:
    """Of a file. Raises InputError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise InputError(f"cannot read {path}: {reason(error)}") from error


def _cache_folder() -> str:
    folder = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.environ.get("EDGERT_CACHE") or os.path.join(folder, "edgert")


def _port(value: Any) -> NodeArg:
    """Of an onnx.ValueInfoProto; open dimensions by name, as onnxruntime shows them."""
    import onnx

    tensor = value.type.tensor_type
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type).name
    shape: list[Any] = [
        dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None
        for dim in tensor.shape.dim
    ]
    return NodeArg(value.name, dtype, shape)
