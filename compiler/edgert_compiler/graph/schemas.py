"""What a node has that its operator does not take, in words: by ONNX's own schemas."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import onnx
import onnx_ir as ir

from edgert._text import did_you_mean

_LISTED = 6  # types that a message lists; more are told apart by what is wrong alone
_SHORT_NAMES = {"float": "float32", "double": "float64"}
_OPTION = onnx.defs.OpSchema.FormalParameterOption

Describe = Callable[[str], str]
"""A value by its name, with where it comes from."""


def form_problem(node: onnx.NodeProto, opset: int) -> str | None:
    """Why a node is no use of an operator of ONNX: its name, attributes, number of operands.

    opset: the version of the node's domain. None where nothing is wrong, or where the domain is
    none of ONNX's own.
    """
    if node.domain not in _domains():
        return None
    if not versions(node.op_type, node.domain):
        return _unknown_operator(node)
    try:
        schema = onnx.defs.get_schema(node.op_type, opset, node.domain)
    except onnx.defs.SchemaError:
        first = versions(node.op_type, node.domain)[0].since_version
        return f"{node.op_type} is not in opset {opset}; it exists since opset {first}"
    if schema.deprecated:
        return (
            f"{node.op_type} is not in opset {opset}; it ended with opset "
            f"{schema.since_version - 1}"
        )
    return (
        _attribute_problem(node, schema, opset)
        or _count_problem(node, schema, opset, "input")
        or _count_problem(node, schema, opset, "output")
    )


def type_problem(node: ir.Node, schema: onnx.defs.OpSchema) -> str | None:
    """Which inputs have types that the operator does not take, or not together."""
    variables = {c.type_param_str for c in schema.type_constraints}
    bound: dict[str, tuple[ir.Value, str]] = {}
    for index, value in enumerate(node.inputs):
        if value is None or value.type is None or not schema.inputs:
            continue
        parameter = schema.inputs[min(index, len(schema.inputs) - 1)]
        given = _type_string(value.type)
        if given not in parameter.types:
            return _wrong_type(node, value, given, index, schema)
        if parameter.type_str not in variables or not parameter.is_homogeneous:
            continue
        other, expected = bound.setdefault(parameter.type_str, (value, given))
        if given != expected:
            return (
                f"its inputs must have one type, but {origin(other)} is {readable(expected)} and "
                f"{origin(value)} is {readable(given)}; convert one of them with Cast, or export "
                "the model in one type throughout"
            )
    return None


def operands(node: ir.Node) -> str:
    """The node's inputs with types and shapes: for messages about what does not fit."""
    return ", ".join(_described(value) for value in node.inputs if value is not None)


def origin(value: ir.Value) -> str:
    """A value, and what gives it: for messages."""
    producer = value.producer()
    if producer is not None:
        return f"'{value.name}', computed by node '{producer.name}' ({producer.op_type}),"
    if value.const_value is not None:
        return f"the constant '{value.name}'"
    return f"the input '{value.name}' of the model" if value.is_graph_input() else f"'{value.name}'"


def form_since(node: ir.Node, opset: int) -> int | None:
    """The opset from which on the operator has had the form that it has in `opset`, if it is in."""
    found = [s.since_version for s in versions(node.op_type, node.domain)]
    return max((since for since in found if since <= opset), default=None)


@functools.cache
def versions(op_type: str, domain: str = "") -> Sequence[onnx.defs.OpSchema]:
    """Every schema that an operator of ONNX ever had, oldest first."""
    found = _history().get((domain, op_type), [])
    return sorted(found, key=lambda schema: schema.since_version)


@functools.cache
def _history() -> Mapping[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        found.setdefault((schema.domain, schema.name), []).append(schema)
    return found


@functools.cache
def _domains() -> frozenset[str]:
    return frozenset(domain for domain, _ in _history())


def _unknown_operator(node: onnx.NodeProto) -> str:
    elsewhere = [domain for domain, name in _history() if name == node.op_type]
    if elsewhere:
        return (
            f"{node.op_type} is an operator of domain '{elsewhere[0] or 'ai.onnx'}', not of "
            f"'{node.domain or 'ai.onnx'}'"
        )
    known = [name for domain, name in _history() if domain == node.domain]
    guess = did_you_mean(node.op_type, known)
    return f"ONNX has no operator {node.op_type}{guess or '; export it as standard operators'}"


def _attribute_problem(node: onnx.NodeProto, schema: Any, opset: int) -> str | None:
    for attribute in node.attribute:
        known = schema.attributes.get(attribute.name)
        if known is None:
            return _unknown_attribute(node, attribute.name, schema, opset)
        given = onnx.AttributeProto.AttributeType.Name(attribute.type)
        if given not in (known.type.name, "UNDEFINED"):
            return f"attribute '{attribute.name}' must be {known.type.name}, not {given}"
    present = {attribute.name for attribute in node.attribute}
    missing = [name for name, a in schema.attributes.items() if a.required and name not in present]
    return f"attribute '{missing[0]}' is missing" if missing else None


def _unknown_attribute(node: onnx.NodeProto, name: str, schema: Any, opset: int) -> str:
    problem = f"{node.op_type} of opset {opset} has no attribute '{name}'"
    other = [s.since_version for s in versions(node.op_type, node.domain) if name in s.attributes]
    if other and other[0] > opset:
        return f"{problem}; it has one since opset {other[0]}"
    if other:
        later = [s for s in versions(node.op_type, node.domain) if s.since_version > other[-1]]
        as_input = any(parameter.name == name for parameter in schema.inputs)
        return (
            f"{problem}; it had one up to opset {later[0].since_version - 1}"
            f"{', and takes an input instead' if as_input else ''}"
        )
    return problem + did_you_mean(name, schema.attributes)


def _count_problem(node: onnx.NodeProto, schema: Any, opset: int, kind: str) -> str | None:
    names = getattr(node, kind)
    least, most = getattr(schema, f"min_{kind}"), getattr(schema, f"max_{kind}")
    parameters = getattr(schema, f"{kind}s")
    if not least <= len(names) <= most:
        bounds = f"{least}" if least == most else f"{least} to {most}"
        if most > len(parameters):
            bounds = f"at least {least}"
        listed = ", ".join(parameter.name for parameter in parameters)
        return (
            f"it has {_plural(len(names), kind)}; {node.op_type} of opset {opset} has {bounds}"
            f"{f' ({listed})' if listed else ''}"
        )
    for name, parameter in zip(names, parameters):
        if not name and parameter.option == _OPTION.Single:
            return f"its {kind} {parameter.name} is missing"
    return None


def _plural(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _wrong_type(node: ir.Node, value: ir.Value, given: str, index: int, schema: Any) -> str:
    parameter = schema.inputs[min(index, len(schema.inputs) - 1)]
    what = f"its input {parameter.name}, {origin(value).rstrip(',')}, is {readable(given)}"
    newer = next(
        (
            s.since_version
            for s in versions(node.op_type, node.domain)
            if s.since_version > schema.since_version
            and index < len(s.inputs)
            and given in s.inputs[index].types
        ),
        None,
    )
    if newer is not None:
        return f"{what}, which {node.op_type} takes since opset {newer} only"
    taken = sorted(map(readable, parameter.types))
    if len(taken) > _LISTED:
        return f"{what}, which {node.op_type} does not take"
    return f"{what}; it must be {' or '.join(taken)}"


def _described(value: ir.Value) -> str:
    kind = "" if value.type is None else f" {readable_type(value.type)}"
    dims = [d if isinstance(d, int) else str(d) for d in value.shape or ()]
    return f"'{value.name}'{kind}{'' if value.shape is None else f' {dims}'}"


def _type_string(type_: ir.TypeProtocol) -> str:
    """A type as schemas write it: "tensor(float16)", "seq(tensor(float))"."""
    if isinstance(type_, ir.SequenceType):
        return f"seq({_type_string(type_.elem_type)})"
    if isinstance(type_, ir.OptionalType):
        return f"optional({_type_string(type_.elem_type)})"
    kind = "sparse_tensor" if isinstance(type_, ir.SparseTensorType) else "tensor"
    return f"{kind}({type_.dtype.name.lower()})"


def readable_type(type_: ir.TypeProtocol) -> str:
    """A type as people write it: "float32", "sequence of float32"."""
    return readable(_type_string(type_))


def readable(type_string: str) -> str:
    """The same of a type as schemas write it."""
    for prefix, words in (("seq(", "sequence of "), ("optional(", "optional ")):
        if type_string.startswith(prefix):
            return words + readable(type_string[len(prefix) : -1])
    name = type_string.partition("(")[2].rstrip(")") or type_string
    return _SHORT_NAMES.get(name, name)
