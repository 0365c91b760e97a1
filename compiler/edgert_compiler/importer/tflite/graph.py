"""Building the ONNX graph of a TFLite model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from edgert.errors import CompileError
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.importer.tflite.file import Graph, Quantization, Tensor

OPSET = 21
_TO_NCHW = (0, 3, 1, 2)
_TO_NHWC = (0, 2, 3, 1)


class UnsupportedError(Exception):
    """An operator cannot be converted; says why."""


class GraphBuilder:
    """ONNX nodes in order; values are ONNX names.

    A value of a TFLite tensor is in real numbers, float32 where the tensor is quantized.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._values: dict[int, str] = {}
        self._channels_first: dict[str, str] = {}
        self._name = ""
        self._count = 0

    def begin(self, name: str) -> None:
        """Nodes added from now on are named after the operator `name`."""
        self._name = name

    # Nodes

    def node(self, op_type: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Adds a node, of ONNX's own unless a `domain` is given.

        Returns its output's name, or a list of several.
        """
        names = [self._fresh() for _ in range(outputs)]
        self._add(op_type, inputs, names, **attributes)
        return names[0] if outputs == 1 else names

    def constant(self, array: Any, dtype: Any = None) -> str:
        """A constant; lists of integers are int64."""
        name = self._fresh()
        contents = np.asarray(array, dtype)
        self.initializers.append(numpy_helper.from_array(contents, name))
        return name

    def nchw(self, value: str) -> str:
        """An image with its channels before its rows."""
        known = self._channels_first.get(value)
        return known or str(self.node("Transpose", value, perm=_TO_NCHW))

    def is_channels_first(self, value: str) -> bool:
        """Whether the image was computed with its channels before its rows."""
        return value in self._channels_first

    def nhwc(self, value: str) -> str:
        """An image with its channels last."""
        result = str(self.node("Transpose", value, perm=_TO_NHWC))
        self._channels_first[result] = value
        return result

    def reshape(self, value: str, shape: Sequence[int]) -> str:
        """The value in another shape."""
        return str(self.node("Reshape", value, self.constant(list(shape), np.int64)))

    # Tensors

    def value(self, tensor: Tensor) -> str:
        """The tensor in real numbers."""
        if tensor.index not in self._values:
            if tensor.variable:
                raise CompileError(
                    f"'{tensor.name}' is kept from run to run; edgert has no variables"
                )
            if tensor.data is None:
                raise CompileError(f"tensor '{tensor.name}' is read before it is computed")
            self._values[tensor.index] = self.weights(tensor, tensor.data)
        return self._values[tensor.index]

    def weights(self, tensor: Tensor, data: np.ndarray, axis: int | None = None) -> str:
        """A constant tensor in real numbers, with its contents rearranged to `data`.

        axis: where the dimension that has a scale for each index came to be.
        """
        name = f"{tensor.name}#{len(self.initializers)}"
        if tensor.quantization is not None and data.dtype == np.int64:
            return self.constant(data * tensor.quantization.scale, np.float32)  # biases of 16x8
        self.initializers.append(numpy_helper.from_array(np.asarray(data, order="C"), name))
        if tensor.quantization is None:
            return name
        where = tensor.quantization.axis if axis is None else axis
        return self._linear("DequantizeLinear", name, tensor, tensor.quantization, where)

    def result(self, tensor: Tensor, value: str, channels_first: bool = False) -> None:
        """Lets `value` be the tensor: rounded to what it can hold, where it is quantized.

        channels_first: the value is an image with its channels before its rows.
        """
        if tensor.quantization is not None:
            stored = self._linear("QuantizeLinear", value, tensor, tensor.quantization)
            value = self._linear("DequantizeLinear", stored, tensor, tensor.quantization)
        if channels_first:
            value = self.nhwc(value)
        self._values[tensor.index] = value

    def _linear(
        self, op_type: str, value: str, tensor: Tensor, params: Quantization, axis: int = 0
    ) -> str:
        per_tensor = params.scale.size == 1
        if not per_tensor and op_type == "QuantizeLinear":
            raise UnsupportedError(f"'{tensor.name}' is an activation with several scales")
        shape = () if per_tensor else (-1,)
        attributes = {} if per_tensor else {"axis": axis}
        scale = self.constant(params.scale.reshape(shape))
        zero_point = self.constant(params.zero_point.reshape(shape), tensor.dtype)
        return str(self.node(op_type, value, scale, zero_point, **attributes))

    def _fresh(self) -> str:
        self._count += 1
        return f"{self._name}/{self._count}"

    def _add(
        self, op_type: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> None:
        name = f"{self._name}/{op_type}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, inputs, outputs, name=name, **attributes))

    # The model

    def inputs(self, tensors: Sequence[Tensor]) -> list[onnx.ValueInfoProto]:
        """Declares the graph's inputs, of their stored types."""
        for tensor in tensors:
            self.begin(tensor.name)
            self._values[tensor.index] = tensor.name
            if tensor.quantization is not None:
                real = self._linear("DequantizeLinear", tensor.name, tensor, tensor.quantization)
                if tensor.dtype.itemsize == 1:  # the pair says what its readers may take it for
                    stored = self._linear("QuantizeLinear", real, tensor, tensor.quantization)
                    real = self._linear("DequantizeLinear", stored, tensor, tensor.quantization)
                self._values[tensor.index] = real
        return [_port(tensor) for tensor in tensors]

    def outputs(self, tensors: Sequence[Tensor]) -> list[onnx.ValueInfoProto]:
        """Declares the graph's outputs, of their stored types."""
        for tensor in tensors:
            self.begin(tensor.name)
            value = self.value(tensor)
            if tensor.quantization is not None:
                value = self._linear("QuantizeLinear", value, tensor, tensor.quantization)
            self._add("Identity", [value], [tensor.name])
        return [_port(tensor) for tensor in tensors]

    def model(self, graph: Graph, ports: tuple[list[Any], list[Any]]) -> onnx.ModelProto:
        """The ONNX model of everything that was added."""
        body = helper.make_graph(self.nodes, graph.name, *ports, self.initializers)
        return helper.make_model(
            body,
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)],
            ir_version=10,
            producer_name="tflite",
            doc_string=graph.description,
        )


def _port(tensor: Tensor) -> onnx.ValueInfoProto:
    dtype = helper.np_dtype_to_tensor_dtype(tensor.dtype)
    return helper.make_tensor_value_info(tensor.name, dtype, tensor.shape)
