"""A .tflite file as tensors and operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgert.errors import CompileError, Error

try:
    import tflite
except ModuleNotFoundError as error:
    raise Error("reading TFLite models needs tflite; run: pip install 'edgert[tflite]'") from error

from edgert.compiler.importer.tflite.sparsity import densify

_DTYPES: dict[int, np.dtype[Any]] = {
    tflite.TensorType.FLOAT32: np.dtype(np.float32),
    tflite.TensorType.FLOAT16: np.dtype(np.float16),
    tflite.TensorType.FLOAT64: np.dtype(np.float64),
    tflite.TensorType.INT8: np.dtype(np.int8),
    tflite.TensorType.UINT8: np.dtype(np.uint8),
    tflite.TensorType.INT16: np.dtype(np.int16),
    tflite.TensorType.UINT16: np.dtype(np.uint16),
    tflite.TensorType.INT32: np.dtype(np.int32),
    tflite.TensorType.UINT32: np.dtype(np.uint32),
    tflite.TensorType.INT64: np.dtype(np.int64),
    tflite.TensorType.UINT64: np.dtype(np.uint64),
    tflite.TensorType.BOOL: np.dtype(np.bool_),
}


def _names(enumeration: type) -> dict[int, str]:
    return {number: name for name, number in vars(enumeration).items() if isinstance(number, int)}


_TYPE_NAMES = _names(tflite.TensorType)
_OPERATOR_NAMES = _names(tflite.BuiltinOperator)
_OPTIONS_NAMES = _names(tflite.BuiltinOptions)


@dataclass(frozen=True, eq=False)
class Quantization:
    """real = (stored - zero_point) * scale; one of each, or one per index of `axis`."""

    scale: np.ndarray
    zero_point: np.ndarray
    axis: int


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor of the main subgraph.

    Attributes:
        data: the contents of a constant.
        quantization: None for tensors that hold what they mean.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data: np.ndarray | None
    quantization: Quantization | None

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.shape)


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator of the main subgraph.

    Attributes:
        kind: as in the schema, e.g. "CONV_2D"; of custom operators their name.
        inputs: None where an optional one is absent.
        options: the schema's options table of the operator; None where it has none.
        custom_options: bytes that a custom operator brings.
    """

    index: int
    kind: str
    version: int
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: Any
    custom_options: bytes

    @property
    def name(self) -> str:
        """A name for errors and profiles: that of its first output."""
        return self.outputs[0].name if self.outputs else f"operator {self.index}"

    def input(self, index: int) -> Tensor:
        """A required input. Raises CompileError where it is absent."""
        tensor = self.optional(index)
        if tensor is None:
            raise CompileError(f"'{self.name}' ({self.kind}) lacks its input {index}")
        return tensor

    def optional(self, index: int) -> Tensor | None:
        """An input that may be absent."""
        return self.inputs[index] if index < len(self.inputs) else None


@dataclass(frozen=True, eq=False)
class Graph:
    """The main subgraph."""

    name: str
    description: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: tuple[Operator, ...]


def read(data: bytes, name: str) -> Graph:
    """The main subgraph. Raises CompileError for what is no valid TFLite model."""
    try:
        return _Reader(data).graph()
    except CompileError:
        raise
    except Exception as error:  # generated code trusts the file: whatever a damaged one causes
        raise CompileError(f"{name} is not a valid TFLite model, or it is damaged") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._model = tflite.Model.GetRootAs(data, 0)
        self._subgraph = self._model.Subgraphs(0)

    def graph(self) -> Graph:
        tensors = [self._tensor(i) for i in range(self._subgraph.TensorsLength())]
        operators = []
        for index in range(self._subgraph.OperatorsLength()):
            operator = self._operator(index, tensors)
            unpacked = _unpacked(operator)
            if unpacked is None:
                operators.append(operator)
            else:
                tensors[unpacked.index] = unpacked
        return Graph(
            _text(self._subgraph.Name()) or "main",
            _text(self._model.Description()),
            tuple(tensors[i] for i in _integers(self._subgraph.InputsAsNumpy())),
            tuple(tensors[i] for i in _integers(self._subgraph.OutputsAsNumpy())),
            tuple(operators),
        )

    def _tensor(self, index: int) -> Tensor:
        source = self._subgraph.Tensors(index)
        name = _text(source.Name()) or f"tensor_{index}"
        if source.IsVariable():
            raise CompileError(f"tensor '{name}' is a variable; edgert has no variables")
        if source.Type() not in _DTYPES:
            kind = _TYPE_NAMES.get(source.Type(), source.Type())
            raise CompileError(f"tensor '{name}' is of type {kind}, which edgert does not have")
        dtype = _DTYPES[source.Type()]
        shape = tuple(_integers(source.ShapeAsNumpy()))
        return Tensor(
            index, name, shape, dtype, self._contents(source, dtype, shape), _quantization(source)
        )

    def _contents(
        self, source: Any, dtype: np.dtype[Any], shape: tuple[int, ...]
    ) -> np.ndarray | None:
        buffer = self._model.Buffers(source.Buffer())
        if buffer.Offset() > 1:  # a model of more than 2 GiB keeps its buffers behind the table
            raw = np.frombuffer(self._data, np.uint8, buffer.Size(), buffer.Offset())
        elif buffer.DataLength():
            raw = buffer.DataAsNumpy()
        else:
            return None
        values = np.asarray(raw).view(dtype)
        if source.Sparsity() is not None:
            return densify(values, source.Sparsity(), shape)
        return values.reshape(shape)

    def _operator(self, index: int, tensors: Sequence[Tensor]) -> Operator:
        source = self._subgraph.Operators(index)
        code = self._model.OperatorCodes(source.OpcodeIndex())
        # Old models have only the deprecated field, newer ones the larger of both.
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        custom = builtin == tflite.BuiltinOperator.CUSTOM
        inputs = _integers(source.InputsAsNumpy())
        return Operator(
            index,
            _text(code.CustomCode()) if custom else _OPERATOR_NAMES.get(builtin, f"#{builtin}"),
            code.Version(),
            tuple(tensors[i] if i >= 0 else None for i in inputs),
            tuple(tensors[i] for i in _integers(source.OutputsAsNumpy())),
            _options(source),
            bytes(source.CustomOptionsAsNumpy()) if source.CustomOptionsLength() else b"",
        )


def _unpacked(operator: Operator) -> Tensor | None:
    """The output of an operator that only unpacks a constant: float16 or sparse weights."""
    packed = operator.inputs[0] if operator.inputs else None
    if operator.kind not in ("DENSIFY", "DEQUANTIZE") or packed is None or packed.data is None:
        return None
    if packed.quantization is not None:
        return None
    [output] = operator.outputs
    return replace(output, data=packed.data.astype(output.dtype))


def _options(source: Any) -> Any:
    table = source.BuiltinOptions()
    name = _OPTIONS_NAMES.get(source.BuiltinOptionsType(), "NONE")
    if table is None or name == "NONE":
        return None
    options = getattr(tflite, name)()
    options.Init(table.Bytes, table.Pos)
    return options


def _quantization(source: Any) -> Quantization | None:
    parameters = source.Quantization()
    if parameters is None or not parameters.ScaleLength():
        return None
    scale = np.asarray(parameters.ScaleAsNumpy(), np.float32)
    zero_point = np.zeros(scale.shape, np.int64)
    if parameters.ZeroPointLength():
        zero_point = np.asarray(parameters.ZeroPointAsNumpy(), np.int64)
    zero_point = np.broadcast_to(zero_point, scale.shape)
    return Quantization(scale, zero_point, parameters.QuantizedDimension())


def _integers(array: Any) -> list[int]:
    """Of a vector that may be absent, for which the generated code returns 0."""
    return [] if isinstance(array, int) else [int(i) for i in array]


def _text(raw: bytes | None) -> str:
    return raw.decode("utf-8", "replace") if raw else ""
