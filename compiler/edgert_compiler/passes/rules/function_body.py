"""Operators that ONNX itself defines by others."""

from __future__ import annotations

import functools
from typing import Any

import onnx
import onnx.inliner
import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import is_read
from edgert_compiler.operators import registry
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


@functools.cache
def _functions() -> frozenset[str]:
    """Operators with a body in the standard that edgert does not lower as they are."""
    schemas: list[Any] = list(onnx.defs.get_all_schemas())
    return frozenset(
        f"{schema.domain}.{schema.name}" if schema.domain else schema.name
        for schema in schemas
        if schema.has_function or schema.has_context_dependent_function
        if registry.find(schema.name, schema.domain) is None
    )


class FunctionBody(Rule):
    """A function of the standard that has no lowering becomes its body.

    CastLike(x, like)   =>   Cast{to = type of like}(x)

    Bodies may depend on types and on which inputs and outputs are present.
    """

    stage = Stage.CANONICALIZE
    ops = _functions()

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where a type is not known."""
        if any(value is not None and value.type is None for value in node.inputs):
            return Refusal("the types of its inputs are not known")
        body = _body(node)
        if body is None:
            return Refusal("the standard has no body for this form")
        results = {value.name: value for value in body.outputs}
        for inner in list(body.inputs):
            outer = next(v for i, v in enumerate(node.inputs) if f"in{i}" == inner.name)
            assert outer is not None
            inner.replace_all_uses_with(outer, replace_graph_outputs=True)
            results = {n: outer if v is inner else v for n, v in results.items()}
        body.outputs.clear()
        body.initializers.clear()
        body.remove(list(body))
        return Rewrite(tuple(results.get(f"out{i}") for i in range(len(node.outputs))))


def _body(node: ir.Node) -> ir.Graph | None:
    """The body as a graph with inputs in0, in1, ... and outputs out0, out1, ..."""
    proto = ir.serde.serialize_node(node)
    for index, value in enumerate(node.inputs):
        proto.input[index] = "" if value is None else f"in{index}"
    for index, value in enumerate(node.outputs):
        proto.output[index] = f"out{index}" if is_read(value) else ""
    _set_defaults(node, proto)
    function = _function(node, proto)
    if function is None:
        return None
    proto.domain = function.domain = DOMAIN
    graph = onnx.helper.make_graph(
        [proto],
        "body",
        [_info(f"in{i}", v) for i, v in enumerate(node.inputs) if v is not None],
        [_info(f"out{i}", v) for i, v in enumerate(node.outputs) if is_read(v)],
    )
    opsets = [*function.opset_import, onnx.helper.make_opsetid(DOMAIN, 1)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, functions=[function])
    return ir.from_proto(onnx.inliner.inline_local_functions(model)).graph


def _set_defaults(node: ir.Node, proto: onnx.NodeProto) -> None:
    """Writes out attributes that are absent: bodies refer to them."""
    version = node.version or onnx.defs.onnx_opset_version()
    schema = onnx.defs.get_schema(node.op_type, version, node.domain)
    for name, attribute in schema.attributes.items():
        if name not in node.attributes and attribute.default_value.type:
            proto.attribute.append(attribute.default_value)


def _function(node: ir.Node, proto: onnx.NodeProto) -> onnx.FunctionProto | None:
    """The body in the newest opset: what rewriting inserts is read as such."""
    opset = node.version or onnx.defs.onnx_opset_version()
    schema: Any = onnx.defs.get_schema(node.op_type, opset, node.domain)
    if schema.has_function:
        version = max(schema.function_opset_versions)
        data = schema.get_function_with_opset_version(version)
    elif schema.has_context_dependent_function:
        version = max(schema.context_dependent_function_opset_versions)
        types = [_info("", value).type.SerializeToString() for value in node.inputs]
        data = schema.get_context_dependent_function_with_opset_version(
            version, proto.SerializeToString(), types
        )
    else:
        return None
    return onnx.FunctionProto.FromString(data) if data else None


def _info(name: str, value: ir.Value | None) -> onnx.ValueInfoProto:
    info = onnx.ValueInfoProto(name=name)
    if value is not None and value.type is not None:
        ir.serde.serialize_type_into(info.type, value.type)
        if value.shape is not None:
            ir.serde.serialize_shape_into(info.type, value.shape)
    return info
