"""What operators lower into: a MIL function under construction, through coremltools' builder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_targets.coreml.mil.naming import Names
from edgert_targets.coreml.mil.types import Kind, converted, kind_of, survives_fp16
from edgert_targets.coreml.mil.weights import Weights

FP16, FP32 = np.dtype(np.float16), np.dtype(np.float32)
_MIL_NAMES = {FP16: "fp16", FP32: "fp32"}


class MilContext:
    """The variable of each value, and the float type of the node being lowered.

    In a half precision program, a node with a constant that half precision cannot hold computes in
    float32; its operands are cast, and its readers cast what it computes.

    Attributes:
        ios: the oldest iOS version that must run the program.
        float_type: of the node being lowered.
        widened: names of the nodes that compute in float32 in a half precision program.
    """

    def __init__(self, builder: Any, ios: int, compute: np.dtype, names: Names) -> None:
        self.ios = ios
        self.float_type = compute
        self.widened: list[str] = []
        self._builder = builder
        self._compute = compute
        self._names = names
        self._variables: dict[ir.Value, Any] = {}
        self._casts: dict[tuple[Any, np.dtype], Any] = {}
        self._constants: dict[tuple[ir.Value, np.dtype, tuple[int, ...]], Any] = {}

    def begin(self, node: ir.Node, wide: bool) -> None:
        """Chooses the float type for a node; `wide` asks for float32."""
        self.float_type = self._compute
        if self._compute == FP16 and (wide or not _survives_fp16(node)):
            self.float_type = FP32
            self.widened.append(node.name or node.op_type)

    def is_wide(self, value: ir.Value | None) -> bool:
        """Whether a float32 variable holds the value in a half precision program."""
        variable = self._variables.get(value) if value is not None else None
        return variable is not None and self._compute == FP16 and _float_type(variable) == FP32

    @property
    def float_name(self) -> str:
        """MIL's name of the float type."""
        return _MIL_NAMES[self.float_type]

    def number(self, number: float) -> np.generic:
        """A float constant for an operation's parameter."""
        return self.float_type.type(number)

    def number_like(self, value: ir.Value, number: int) -> np.generic:
        """The number in the type of the value: a float or int32."""
        return self.number(number) if kind_of(value.dtype) is Kind.FLOAT else np.int32(number)

    def input(self, node: ir.Node, index: int) -> Any:
        """The variable of a required input."""
        return self.operand(required(node, index))

    def operand(self, value: ir.Value) -> Any:
        """The variable of a computed value or of a constant, in the node's float type."""
        if value in self._variables:
            return self.cast(self._variables[value])
        weights = Weights.of(value)
        assert weights is not None, f"{value.name} is computed by nothing"
        return self.weights(value, weights)

    def weights(self, value: ir.Value, weights: Weights, order: Sequence[int] | None = None) -> Any:
        """The variable of a constant, its axes permuted as by numpy's transpose."""
        key = (value, self.float_type, tuple(order or ()))
        if key not in self._constants:
            weights = weights if order is None else weights.transposed(order)
            name = self._names.unique(value.name or "constant")
            self._constants[key] = self._constant(weights, name)
        return self._constants[key]

    def cast(self, variable: Any) -> Any:
        """The variable in the node's float type, where it is a float."""
        dtype = _float_type(variable)
        if dtype is None or dtype == self.float_type:
            return variable
        key = (variable, self.float_type)
        if key not in self._casts:
            self._casts[key] = self.make("cast", x=variable, dtype=self.float_name)
        return self._casts[key]

    def bind(self, value: ir.Value, variable: Any) -> None:
        """Says which variable holds the value."""
        self._variables[value] = variable

    def make(self, operation: str, **inputs: Any) -> Any:
        """The output of a new operation (a tuple where it has several)."""
        name = inputs.pop("name", None) or self._names.unique(operation)
        return getattr(self._builder, operation)(name=name, **inputs)

    def emit(self, output: ir.Value, operation: str, **inputs: Any) -> None:
        """A new operation that computes `output`."""
        kind = kind_of(output.dtype)
        final = kind is Kind.INT or (kind is Kind.FLOAT and self.float_type == FP32)
        name = self._names.of(output) if final or not output.is_graph_output() else None
        self.bind(output, self.make(operation, name=name, **inputs))

    def outputs(self, values: Iterable[ir.Value]) -> list[Any]:
        """The variables of the model's outputs, named after them: float32 or int32."""
        self.float_type = FP32
        results = []
        for value in values:
            source, name = self._variables.get(value), self._names.of(value)
            if source is not None and _float_type(source) == FP16:
                results.append(self.make("cast", x=source, dtype="fp32", name=name))
            elif value.dtype == ir.DataType.BOOL:
                results.append(self.make("cast", x=self.operand(value), dtype="int32", name=name))
            elif source is not None and source.name == name and source not in results:
                results.append(source)
            else:
                results.append(self.make("identity", x=self.operand(value), name=name))
        return results

    def _constant(self, weights: Weights, name: str) -> Any:
        if weights.scale is None or self.ios < 16:
            array = converted(weights.dequantized(), self.float_type)
            return self.make("const", val=array, name=name)
        scale = weights.scale.astype(self.float_type)
        if self.ios >= 18:
            scale = weights.blockwise_scale.astype(self.float_type)
            return self.make(
                "constexpr_blockwise_shift_scale", data=weights.data, scale=scale, name=name
            )
        return self.make(
            "constexpr_affine_dequantize",
            quantized_data=weights.data,
            zero_point=np.int8(0),
            scale=scale[()],
            axis=np.int32(weights.axis),
            name=name,
        )


def _survives_fp16(node: ir.Node) -> bool:
    """Whether half precision can hold the node's constant inputs and its float attributes."""
    attributes = node.attributes.values()
    numbers = [a.as_float() for a in attributes if a.type == ir.AttributeType.FLOAT]
    constants = [weights for weights in map(Weights.of, node.inputs) if weights is not None]
    arrays = [c.data if c.scale is None else c.scale for c in constants]
    floats = [*map(np.asarray, numbers), *(array for array in arrays if array.dtype.kind == "f")]
    return all(map(survives_fp16, floats))


def _float_type(variable: Any) -> np.dtype | None:
    """Of a MIL variable; None where it does not hold floats."""
    from coremltools.converters.mil.mil import types

    if variable.dtype == types.fp16:
        return FP16
    return FP32 if variable.dtype == types.fp32 else None
