"""Shape and type inference of one node, by ONNX's own schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import onnx
import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.dataflow import infer_control, is_control
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.problems import NodeProblem, blamed_on, sources_of
from edgert_compiler.graph.schemas import form_problem, operands, readable_type, type_problem
from edgert_compiler.operators import registry
from edgert_compiler.passes.bounds import SOURCES, has_known_bounds
from edgert_compiler.passes.consistency import inconsistency

# Their inputs must be scalars; models have vectors of one element, and runtimes take them.
_OF_SCALARS = frozenset({"Range"})
_FAILURES = (
    onnx.checker.ValidationError,
    onnx.shape_inference.InferenceError,
    RuntimeError,
    ValueError,
)
_TAG = re.compile(r"\[(Shape|Type)InferenceError\] ")
_SMALL = 1024  # elements; inference reads shapes, axes and pads, never weights


def infer_outputs(node: ir.Node) -> dict[str, onnx.TypeProto]:
    """Types of the node's outputs by value name, as far as its inputs determine them.

    Empty where an input has no type or ONNX has no schema for the operator. Raises CompileError
    where the inputs contradict each other.
    """
    if not onnx.defs.has(node.op_type, domain=node.domain):
        return {}
    inputs = [v for v in node.inputs if v is not None]
    if any(v.type is None for v in inputs):
        return {}
    version = node.version or onnx.defs.onnx_opset_version()
    scalars = node.op_type in _OF_SCALARS
    try:
        schema = onnx.defs.get_schema(node.op_type, version, node.domain)
    except onnx.defs.SchemaError as error:
        problem = form_problem(ir.serde.serialize_node(node), version)
        raise _invalid(node, problem or " ".join(str(error).split())) from error
    try:
        found = dict(
            onnx.shape_inference.infer_node_outputs(
                schema,
                _proto(node, schema),
                {str(v.name): _type_proto(v, scalars) for v in inputs},
                {str(v.name): p for v in inputs if (p := _small_constant(v, scalars)) is not None},
                opset_imports=[onnx.helper.make_opsetid(node.domain, version)],
            )
        )
    except _FAILURES as error:
        raise _stored_only(node) or _invalid(node, _reason(node, schema, error)) from error
    problem = inconsistency(node) or _negative_size(node, found)
    if problem is not None:
        raise _invalid(node, problem)
    return found


def _negative_size(node: ir.Node, types: Mapping[str, onnx.TypeProto]) -> str | None:
    """Windows larger than what they slide over, and the like."""
    for type_ in types.values():
        sizes = [dim.dim_value for dim in type_.tensor_type.shape.dim]
        if any(size < 0 for size in sizes):
            return f"its output would have the shape {sizes}; its inputs: {operands(node)}"
    return None


def _invalid(node: ir.Node, reason: str) -> CompileError:
    problem = NodeProblem.of(node, reason)
    return CompileError(f"{problem.place} is not valid: {reason}", [problem.to_dict()])


def _reason(node: ir.Node, schema: onnx.defs.OpSchema, error: Exception) -> str:
    """What is wrong: types and form are told better than by onnx itself."""
    problem = form_problem(ir.serde.serialize_node(node), schema.since_version)
    problem = problem or type_problem(node, schema)
    if problem is not None:
        return problem
    words = " ".join(_TAG.sub("", str(error)).split()).rstrip(".")
    return f"{words}; its inputs: {operands(node)}"


def _stored_only(node: ir.Node) -> CompileError | None:
    """Where operators in place of the file's, as loops become, lack types that the file's has."""
    sources = sources_of(node)
    if not sources or any(source.op == node.op_type for source in sources):
        return None
    types = [value.type for value in node.inputs if value is not None and value.type is not None]
    small = [type_ for type_ in types if _is_small(type_.dtype)]
    if not small:
        return None
    problem = NodeProblem.of(node, "")
    reason = (
        f"edgert does not move elements of {readable_type(small[0])} in {problem.op}; convert them "
        "to float32 or int8 with Cast before it"
    )
    problem = replace(problem, reason=reason)
    return CompileError(f"{problem.place}: {reason}", [problem.to_dict()])


def _is_small(dtype: ir.DataType) -> bool:
    """Whether elements have less than 8 bits, or are floats of 8: what is stored, not computed."""
    return dtype.bitwidth < 8 or (dtype.bitwidth == 8 and dtype.is_floating_point())


def _proto(node: ir.Node, schema: onnx.defs.OpSchema) -> onnx.NodeProto:
    """The node as inference reads it: onnx takes an STFT without `onesided` for a two-sided one."""
    proto = ir.serde.serialize_node(node)
    if node.op_type == "STFT" and "onesided" not in node.attributes:
        proto.attribute.append(schema.attributes["onesided"].default_value)
    return proto


def set_outputs(node: ir.Node) -> None:
    """Writes the inferred types and static shapes on the node's outputs, in place.

    What inference does not know stays as the model declares it, if that is static and cannot
    depend on data. Operators of domain edgert say themselves what their outputs are.
    """
    with blamed_on(node):
        if is_control(node):
            infer_control(node)
        elif node.domain == DOMAIN:
            _set_own_outputs(node)
        else:
            _set_inferred(node)


def _set_inferred(node: ir.Node) -> None:
    types = infer_outputs(node)
    declared = node.op_type not in SOURCES and all(
        value is None or has_known_bounds(value) for value in node.inputs
    )
    for value in node.outputs:
        inferred = types.get(value.name or "")
        if inferred is not None and inferred.WhichOneof("value") is not None:
            known = ir.serde.deserialize_type_proto_for_type(inferred)
            value.type = known or value.type
            shape = ir.serde.deserialize_type_proto_for_shape(inferred)
            if shape is not None and shape.is_static():
                value.shape = shape
                continue
        if not declared:
            value.shape = None
        if value.shape is not None and not value.shape.is_static():
            value.shape = None


def _set_own_outputs(node: ir.Node) -> None:
    lowering = registry.find(node.op_type, node.domain)
    outputs = None if lowering is None else lowering.infer(node)
    for value, (dtype, shape) in zip(node.outputs, outputs or ()):
        value.type = ir.TensorType(dtype)
        value.shape = ir.Shape(shape)


def _type_proto(value: ir.Value, scalar: bool = False) -> onnx.TypeProto:
    proto = onnx.TypeProto()
    if not isinstance(value.type, ir.TensorType):
        assert value.type is not None
        ir.serde.serialize_type_into(proto, value.type)
        return proto
    proto.tensor_type.elem_type = int(value.type.dtype)
    if value.shape is not None:
        proto.tensor_type.shape.SetInParent()
        for dim in () if scalar and value.shape == (1,) else value.shape:
            added = proto.tensor_type.shape.dim.add()
            if isinstance(dim, int):
                added.dim_value = dim
            elif dim.value is not None:
                added.dim_param = str(dim.value)
    return proto


def _small_constant(value: ir.Value, scalar: bool = False) -> onnx.TensorProto | None:
    tensor = value.const_value
    if tensor is None or tensor.dtype == ir.DataType.STRING or tensor.size > _SMALL:
        return None
    dims = () if scalar and tensor.shape == (1,) else tensor.shape.numpy()
    return onnx.TensorProto(data_type=int(tensor.dtype), dims=dims, raw_data=tensor.tobytes())
