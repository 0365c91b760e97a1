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
from onnx import TensorProto, helper, numpy_helper

from .templates import OLDEST_OPSET, Template

ALL = "all"
"""Stands for every variable that floats may be exchanged in, together."""

TYPES = (
    *("float32", "float64", "float16", "bfloat16"),
    *("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"),
    *("int4", "uint4", "int2", "uint2"),
    *("float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "float8e8m0", "float4e2m1"),
    "string",
)
FLOATS = frozenset(TYPES[:4])
_TYPE_ATTRIBUTES = ("to", "dtype", "output_datatype", "output_dtype")
_SPELLED = {"float32": "float", "float64": "double"}


@dataclass(frozen=True, eq=False)
class Variation:
    """A template with one variable of its schema set to an element type."""

    template: Template
    variable: str
    element: str

    @functools.cached_property
    def feed(self) -> Mapping[str, np.ndarray]:
        """The inputs by name."""
        found = {}
        for i, (name, array) in enumerate(zip(self.template.node.input, self.template.arrays)):
            if array is not None:
                found[name] = retyped(array, self.element) if self._varies(i) else array
        return found

    @functools.cached_property
    def model(self) -> onnx.ModelProto:
        """Inputs as graph inputs; outputs as ONNX infers them, which may be not at all."""
        node = onnx.NodeProto()
        node.CopyFrom(self.template.node)
        node.name = "node"
        self._set_type(node)
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            [node],
            "types",
            [value(name, element_of(array), array.shape) for name, array in self.feed.items()],
            [helper.make_value_info(name, onnx.TypeProto()) for name in node.output if name],
        )
        opsets = {"": OLDEST_OPSET, node.domain: self.template.opset}
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(*opset) for opset in opsets.items()],
            ir_version=10 if self.template.opset < 24 else 11,
        )
        return onnx.shape_inference.infer_shapes(model, data_prop=True)

    def _varies(self, index: int) -> bool:
        variable = self.template.variable(index)
        if self.variable == ALL:
            return self.element in allowed(self.template, variable) and is_float(
                self.template.arrays[index]
            )
        return variable == self.variable

    def _set_type(self, node: onnx.NodeProto) -> None:
        """Of a variable that only outputs have; an attribute says what it is."""
        inputs = {self.template.variable(i) for i in range(len(node.input))}
        if self.variable in inputs or self.variable == ALL:
            return
        kind = getattr(TensorProto, self.element.upper().replace("FLOAT32", "FLOAT").replace("FLOAT64", "DOUBLE"))
        for name in _TYPE_ATTRIBUTES:
            if name in self.template.schema.attributes:
                kept = [a for a in node.attribute if a.name != name]
                del node.attribute[:]
                node.attribute.extend([*kept, helper.make_attribute(name, kind)])
        for attribute in node.attribute:
            if attribute.name == "value" and attribute.type == onnx.AttributeProto.TENSOR:
                array = numpy_helper.to_array(attribute.t)
                attribute.t.CopyFrom(numpy_helper.from_array(retyped(array, self.element)))


def variations(template: Template) -> Iterator[Variation]:
    """One for each type that the schema allows for each of its variables."""
    given = {template.variable(i) for i, a in enumerate(template.arrays) if a is not None}
    by_attribute = {*_TYPE_ATTRIBUTES, "value"} & set(template.schema.attributes)
    only_output = {output.type_str for output in template.schema.outputs} - given
    floating = set()
    for constraint in template.schema.type_constraints:
        name = constraint.type_param_str
        if name not in given and not (name in only_output and by_attribute):
            continue
        elements = allowed(template, name)
        for element in elements:
            yield Variation(template, name, element)
        inputs = [i for i in range(len(template.arrays)) if template.variable(i) == name]
        if any(is_float(template.arrays[i]) for i in inputs):
            floating.add(name)
    if len(floating) > 1:
        for element in ("float64", "float16", "bfloat16"):
            if any(element in allowed(template, name) for name in floating):
                yield Variation(template, ALL, element)


def allowed(template: Template, variable: str) -> list[str]:
    """The element types that a variable of the schema may be, in the order of TYPES."""
    for constraint in template.schema.type_constraints:
        if constraint.type_param_str == variable:
            named = {m[1] for t in constraint.allowed_type_strs if (m := re.fullmatch(r"tensor\((.*)\)", t))}
            return [element for element in TYPES if _SPELLED.get(element, element) in named]
    return []


def is_float(array: np.ndarray | None) -> bool:
    """Whether these are floating-point numbers of 16 bits and more."""
    return array is not None and str(array.dtype) in FLOATS


def element_of(array: np.ndarray) -> int:
    """The number of the element type in ONNX."""
    if array.dtype == object or array.dtype.kind in "US":
        return TensorProto.STRING
    return helper.np_dtype_to_tensor_dtype(array.dtype)


def retyped(array: np.ndarray, element: str) -> np.ndarray:
    """Values of another type, as much like the template's as it allows.

    Integers for floats with fractions are small ones other than 0, which can divide.
    """
    if element == "string":
        return np.array([f"s{v}" for v in array.reshape(-1)], dtype=object).reshape(array.shape)
    dtype = dtype_of(element)
    values = array.astype(np.float64) if array.dtype != object else np.ones(array.shape)
    if element == "bool":
        return values > np.median(values) if values.size else values.astype(bool)
    if element in FLOATS:
        return values.astype(dtype)
    if element.startswith("float"):  # of 8 and 4 bits, whose zero points are zeros
        whole = array.dtype.kind in "iu"
        narrow = np.zeros(array.shape) if whole and array.size == 1 else values % 5
        return narrow.astype(np.float32).astype(dtype)
    limits = ml_dtypes.iinfo(dtype) if element in ("int4", "uint4", "int2", "uint2") else np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    whole = bool(np.all(values == np.rint(values)))
    if not whole or values.min(initial=0) < low or values.max(initial=0) > high:
        rng = np.random.default_rng(zlib.crc32(array.tobytes()))
        values = rng.integers(1, min(7, high) + 1, array.shape)
        if low < 0:
            values = np.where(array.astype(np.float64) < 0, -values, values)
            values = np.maximum(values, low)
    return values.astype(np.int64).astype(dtype)


def dtype_of(element: str) -> np.dtype:
    """numpy's, or ml_dtypes'."""
    if element == "float32":
        return np.dtype(np.float32)
    names = {"float64": "DOUBLE"}
    return helper.tensor_dtype_to_np_dtype(getattr(TensorProto, names.get(element, element.upper())))
