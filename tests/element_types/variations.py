"""Models of one node with other element types than the template's."""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

from .templates import Template

STRING = "string"
ALL = "all"
"""Stands for all variables of a schema that are floating-point numbers in the template."""

_NUMBERS = {
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
    **{
        name.lower(): getattr(TensorProto, name)
        for name in (
            *("FLOAT16", "BFLOAT16", "INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32"),
            *("INT64", "UINT64", "BOOL", "INT4", "UINT4", "INT2", "UINT2", "FLOAT8E4M3FN"),
            *("FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "FLOAT8E8M0", "FLOAT4E2M1"),
            *("STRING",),
        )
    },
}
TYPES = tuple(_NUMBERS)
"""Element types as numpy names them, as far as it does."""
FLOATS = ("float32", "float64", "float16", "bfloat16")
_IN_SCHEMAS = {"float32": "float", "float64": "double"}
_TYPE_ATTRIBUTES = ("to", "dtype", "output_datatype", "output_dtype")
_SMALL_INTEGERS = ("int4", "uint4", "int2", "uint2")


@dataclass(frozen=True, eq=False)
class Variation:
    """A template with one variable of its schema, or ALL, set to an element type."""

    template: Template
    variable: str
    element: str

    @functools.cached_property
    def feed(self) -> Mapping[str, np.ndarray]:
        """The inputs by name."""
        return {
            name: self._retyped(array, self.template.input_variable(i))
            for i, (name, array) in enumerate(zip(self.template.node.input, self.template.inputs))
            if array is not None
        }

    @functools.cached_property
    def model(self) -> onnx.ModelProto:
        """The node alone. Shapes of outputs are those that ONNX infers, which may be none."""
        node = self._node()
        value = helper.make_tensor_value_info
        names = [(i, name) for i, name in enumerate(node.output) if name]
        graph = helper.make_graph(
            [node],
            "types",
            [value(name, _number_of(array), array.shape) for name, array in self.feed.items()],
            [value(name, self._output(k, i), None) for k, (i, name) in enumerate(names)],
        )
        opsets = {"": 17, node.domain: self.template.opset}
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(*opset) for opset in opsets.items()],
            ir_version=10 if opsets[""] < 24 else 11,
        )
        try:
            return onnx.shape_inference.infer_shapes(model, data_prop=True)
        except onnx.shape_inference.InferenceError:  # a combination that ONNX rules out
            return model

    def _retyped(self, array: np.ndarray, variable: str) -> np.ndarray:
        return retyped(array, self.element) if self._sets(variable, array) else array

    def _sets(self, variable: str, array: np.ndarray) -> bool:
        if self.variable == ALL:
            return str(array.dtype) in FLOATS and self.element in allowed(self.template, variable)
        return variable == self.variable

    def _output(self, position: int, index: int) -> int:
        """The element type of an output by its position among those that are given."""
        array = self.template.outputs[position]
        if self._sets(self.template.output_variable(index), array):
            return _NUMBERS[self.element]
        return _number_of(array)

    def _node(self) -> onnx.NodeProto:
        """Of a variable that only outputs have, an attribute says what it is."""
        node = onnx.NodeProto()
        node.CopyFrom(self.template.node)
        if self.variable in _of_inputs(self.template) or self.variable == ALL:
            return node
        kept = [a for a in node.attribute if a.name not in _TYPE_ATTRIBUTES and a.name != "value"]
        del node.attribute[:]
        node.attribute.extend(kept)
        for name in set(_TYPE_ATTRIBUTES) & set(self.template.schema.attributes):
            node.attribute.append(helper.make_attribute(name, _NUMBERS[self.element]))
        if "value" in self.template.schema.attributes:
            one = onnx.numpy_helper.from_array(retyped(np.ones(1), self.element))
            node.attribute.append(helper.make_attribute("value", one))
        return node


def variations(template: Template) -> Iterator[Variation]:
    """One for each type that the schema allows for each variable that a node can choose."""
    of_inputs = _of_inputs(template)
    by_attribute = {*_TYPE_ATTRIBUTES, "value"} & set(template.schema.attributes)
    for constraint in template.schema.type_constraints:
        name = constraint.type_param_str
        if name in of_inputs or (by_attribute and name in _of_outputs(template)):
            for element in allowed(template, name):
                yield Variation(template, name, element)
    floating = {v for v, array in _typed_inputs(template) if str(array.dtype) in FLOATS}
    if len(floating) > 1:
        for element in FLOATS[1:]:
            if any(element in allowed(template, name) for name in floating):
                yield Variation(template, ALL, element)


def allowed(template: Template, variable: str) -> list[str]:
    """The element types of tensors that a variable of the schema may be, in the order of TYPES."""
    for constraint in template.schema.type_constraints:
        if constraint.type_param_str == variable:
            found = (re.fullmatch(r"tensor\((\w+)\)", t) for t in constraint.allowed_type_strs)
            names = {match[1] for match in found if match}
            return [element for element in TYPES if _IN_SCHEMAS.get(element, element) in names]
    return []


def _typed_inputs(template: Template) -> list[tuple[str, np.ndarray]]:
    given = enumerate(template.inputs)
    return [(template.input_variable(i), array) for i, array in given if array is not None]


def _of_inputs(template: Template) -> set[str]:
    return {variable for variable, _ in _typed_inputs(template)}


def _of_outputs(template: Template) -> set[str]:
    return {template.output_variable(i) for i, name in enumerate(template.node.output) if name}


def _number_of(array: np.ndarray) -> int:
    is_text = array.dtype == object or array.dtype.kind in "US"
    return TensorProto.STRING if is_text else helper.np_dtype_to_tensor_dtype(array.dtype)


def retyped(array: np.ndarray, element: str) -> np.ndarray:
    """Values of another type, as much like the array's as it allows.

    Numbers with fractions and those that are too large become small integers, none of which is 0:
    they can be divisors. Of floats of 8 and 4 bits scalars that were integers become 0, as these
    types want zero points to be.
    """
    if element == STRING:
        return np.array([f"s{v}" for v in array.reshape(-1)], object).reshape(array.shape)
    dtype = helper.tensor_dtype_to_np_dtype(_NUMBERS[element])
    values = np.ones(array.shape) if array.dtype == object else array.astype(np.float64)
    if element == "bool":
        return values > np.median(values) if values.size else values.astype(bool)
    if element in FLOATS:
        return values.astype(dtype)
    if element.startswith("float"):
        is_zero_point = array.dtype.kind in "iu" and array.size == 1
        return (values * 0 if is_zero_point else values % 5).astype(np.float32).astype(dtype)
    limits = ml_dtypes.iinfo(dtype) if element in _SMALL_INTEGERS else np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    held = np.all((values == np.rint(values)) & (values >= low) & (values <= high))
    if not held:
        values = _small_integers(values, low, high)
    return values.astype(np.int64).astype(dtype)


def _small_integers(values: np.ndarray, low: int, high: int) -> np.ndarray:
    """With the signs of `values` where the type has signs."""
    rng = np.random.default_rng(zlib.crc32(values.tobytes()))
    found = rng.integers(1, min(7, high) + 1, values.shape)
    return np.where((values < 0) & (low < 0), np.maximum(-found, low), found)
