"""A .tflite file as tensors and operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgert._flatbuffers import Table, read_root
from edgert.errors import CompileError
from edgert_compiler.importer.tflite.schema import member, numpy_type, schema
from edgert_compiler.importer.tflite.sparsity import densify


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
        variable: keeps its content from run to run.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data: np.ndarray | None
    quantization: Quantization | None
    variable: bool = False

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
    except Exception as error:  # whatever the numbers in a damaged file cause
        raise CompileError(f"{name} is not a valid TFLite model, or it is damaged") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._model = read_root(schema(), self._data)
        self._subgraph = self._model.subgraphs[0]
        codes = schema().enums["BuiltinOperator"]
        self._kinds = {number: kind for kind, number in codes.items()}

    def graph(self) -> Graph:
        tensors = [self._tensor(i, source) for i, source in enumerate(self._subgraph.tensors)]
        operators = []
        for index, source in enumerate(self._subgraph.operators or ()):
            operator = self._operator(index, source, tensors)
            unpacked = _unpacked(operator)
            if unpacked is None:
                operators.append(operator)
            else:
                tensors[unpacked.index] = unpacked
        return Graph(
            self._subgraph.name or "main",
            self._model.description or "",
            tuple(tensors[i] for i in self._subgraph.inputs or ()),
            tuple(tensors[i] for i in self._subgraph.outputs or ()),
            tuple(operators),
        )

    def _tensor(self, index: int, source: Table) -> Tensor:
        name = source.name or f"tensor_{index}"
        if source.type == member("TensorType", "RESOURCE"):
            raise CompileError(f"tensor '{name}' is a variable; edgert has no variables")
        dtype = numpy_type(source.type)
        if dtype is None:
            raise CompileError(f"tensor '{name}' is of type {source.type}, which edgert lacks")
        shape = tuple(source.shape or ())
        data = self._contents(source, dtype, shape)
        quantization = _quantization(source.quantization)
        return Tensor(index, name, shape, dtype, data, quantization, source.is_variable)

    def _contents(
        self, source: Table, dtype: np.dtype[Any], shape: tuple[int, ...]
    ) -> np.ndarray | None:
        buffer = self._model.buffers[source.buffer]
        raw = buffer.raw("data")
        if buffer.offset > 1:  # a model of more than 2 GiB keeps its buffers behind the table
            raw = self._data[buffer.offset : buffer.offset + buffer.size]
        if not len(raw):
            return None
        values = np.frombuffer(raw, dtype)
        if source.sparsity is not None:
            return densify(values, source.sparsity, shape)
        return values.reshape(shape)

    def _operator(self, index: int, source: Table, tensors: Sequence[Tensor]) -> Operator:
        code = self._model.operator_codes[source.opcode_index]
        # Old models have only the deprecated field, newer ones the larger of both.
        builtin = max(code.builtin_code, code.deprecated_builtin_code)
        kind = self._kinds.get(builtin, f"builtin operator {builtin}")
        return Operator(
            index,
            code.custom_code or kind,
            code.version,
            tuple(tensors[i] if i >= 0 else None for i in source.inputs or ()),
            tuple(tensors[i] for i in source.outputs or ()),
            source.builtin_options,
            bytes(source.raw("custom_options")),
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


def _quantization(source: Table | None) -> Quantization | None:
    if source is None or not source.scale:
        return None
    scale = np.asarray(source.scale, np.float32)
    zero_point = np.asarray(source.zero_point or 0, np.int64)
    return Quantization(scale, np.broadcast_to(zero_point, scale.shape), source.quantized_dimension)
