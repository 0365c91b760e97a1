"""The saved package: its description, its program, and running it."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from coremltools.proto import MIL_pb2, Model_pb2

from tests.coreml.evaluator import (
    convolution,
    elementwise,
    movement,
    normalization,
    pooling,
    products,
    quantization,
    reduction,
    resampling,
)
from tests.coreml.evaluator.blobs import Blobs

_DTYPES = {
    MIL_pb2.FLOAT16: np.float16,
    MIL_pb2.FLOAT32: np.float32,
    MIL_pb2.INT8: np.int8,
    MIL_pb2.UINT8: np.uint8,
    MIL_pb2.INT16: np.int16,
    MIL_pb2.UINT16: np.uint16,
    MIL_pb2.INT32: np.int32,
    MIL_pb2.UINT32: np.uint32,
    MIL_pb2.BOOL: np.bool_,
}

OPERATIONS = {
    name: function
    for module in (
        convolution,
        elementwise,
        movement,
        normalization,
        pooling,
        products,
        quantization,
        reduction,
        resampling,
    )
    for name, function in module.OPERATIONS.items()
}


@dataclass
class Package:
    """A package read from disk."""

    spec: Model_pb2.Model
    blobs: Blobs | None

    @property
    def block(self) -> MIL_pb2.Block:
        """The operations of the only function, at the only opset."""
        (function,) = self.spec.mlProgram.functions.values()
        (block,) = function.block_specializations.values()
        return block

    @property
    def inputs(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """Shapes and types by name, as the program declares them."""
        (function,) = self.spec.mlProgram.functions.values()
        return {value.name: _type(value.type) for value in function.inputs}

    def operations(self) -> list[str]:
        """The types of the operations that compute, in order."""
        return [op.type for op in self.block.operations if op.type != "const"]

    def constants(self) -> dict[str, np.ndarray]:
        """By name, the constants and the stored data of the quantized ones."""
        found = {}
        for op in self.block.operations:
            if op.type == "const":
                found[op.outputs[0].name] = self._value(op.attributes["val"])
            elif op.type == "constexpr_affine_dequantize":
                found[op.outputs[0].name] = self._value(op.attributes["quantized_data"])
            elif op.type == "constexpr_blockwise_shift_scale":
                (data,) = op.inputs["data"].arguments
                found[op.outputs[0].name] = self._value(data.value)
        return found

    def run(self, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Outputs by name. Shapes and types of every value must be those declared."""
        values = dict(feeds)
        for name, (shape, dtype) in self.inputs.items():
            assert values[name].shape == shape
            assert values[name].dtype == dtype
        last_use = self._last_uses()
        for index, op in enumerate(self.block.operations):
            values |= self._run(op, values)
            for name in last_use.get(index, ()):
                values.pop(name, None)
        return {name: values[name] for name in self.block.outputs}

    def _last_uses(self) -> dict[int, list[str]]:
        """By index of an operation, the values that nobody reads after it."""
        last = {}
        for index, op in enumerate(self.block.operations):
            for argument in op.inputs.values():
                last |= {b.name: index for b in argument.arguments if b.name}
        uses: dict[int, list[str]] = {}
        for name, index in last.items():
            if name not in self.block.outputs:
                uses.setdefault(index, []).append(name)
        return uses

    def _run(self, op: MIL_pb2.Operation, values: dict[str, object]) -> dict[str, object]:
        if op.type == "const":
            return {op.outputs[0].name: self._value(op.attributes["val"])}
        inputs = {key: self._value(value) for key, value in op.attributes.items() if key != "name"}
        inputs |= {key: self._argument(value, values) for key, value in op.inputs.items()}
        with np.errstate(all="ignore"):
            results = OPERATIONS[op.type](**{key: _widened(value) for key, value in inputs.items()})
        results = results if isinstance(results, tuple) else (results,)
        assert len(results) == len(op.outputs)
        return {out.name: _declared(op, out, res) for out, res in zip(op.outputs, results)}

    def _argument(self, argument: MIL_pb2.Argument, values: dict[str, object]) -> object:
        found = [
            values[binding.name] if binding.name else self._value(binding.value)
            for binding in argument.arguments
        ]
        return found[0] if len(found) == 1 else found

    def _value(self, value: MIL_pb2.Value) -> object:
        if value.WhichOneof("value") == "blobFileValue":
            blob = value.blobFileValue
            assert blob.fileName == "@model_path/weights/weight.bin"
            assert self.blobs is not None
            shape, dtype = _type(value.type)
            return self.blobs.read(blob.offset, dtype, shape)
        immediate = value.immediateValue
        if immediate.WhichOneof("value") == "list":
            return [self._value(item) for item in immediate.list.values]
        tensor = immediate.tensor
        field = tensor.WhichOneof("value")
        stored = getattr(tensor, field).values
        if field == "strings":
            return str(stored[0])
        shape, dtype = _type(value.type)
        array = np.frombuffer(stored, dtype) if field == "bytes" else np.array(stored, dtype)
        return array.reshape(shape)


def load(path: str | os.PathLike[str]) -> Package:
    """Reads an .mlpackage folder."""
    folder = Path(path) / "Data" / "com.apple.CoreML"
    spec = Model_pb2.Model()
    spec.ParseFromString((folder / "model.mlmodel").read_bytes())
    weights = folder / "weights" / "weight.bin"
    return Package(spec, Blobs(weights.read_bytes()) if weights.exists() else None)


def _type(value_type: MIL_pb2.ValueType) -> tuple[tuple[int, ...], type]:
    tensor = value_type.tensorType
    shape = tuple(int(dim.constant.size) for dim in tensor.dimensions)
    assert len(shape) == tensor.rank
    return shape, _DTYPES.get(tensor.dataType)


def _widened(value: object) -> object:
    """Half precision operands are computed with in float32; only results are rounded."""
    if isinstance(value, list):
        return [_widened(item) for item in value]
    if isinstance(value, np.ndarray) and value.dtype == np.float16:
        return value.astype(np.float32)
    return value


def _declared(op: MIL_pb2.Operation, output: MIL_pb2.NamedValueType, result: object) -> object:
    """The result in the type that the operation declares, its shape checked."""
    if output.type.WhichOneof("type") != "tensorType":
        return result
    shape, dtype = _type(output.type)
    if dtype is None:  # a string
        return result
    array = np.asarray(result)
    assert array.shape == shape, f"{op.type} {output.name}: {array.shape} is declared as {shape}"
    if array.dtype != dtype:
        floats = array.dtype.kind == "f" and np.dtype(dtype).kind == "f"
        integers = array.dtype.kind in "iu" and dtype == np.int32
        assert floats or integers, f"{op.type} {output.name}: {array.dtype} declared as {dtype}"
    with np.errstate(over="ignore"):
        return array.astype(dtype)
