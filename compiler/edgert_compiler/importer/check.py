"""Whether a model is valid, and if not, what is wrong with it, in words."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence

import onnx

from edgert._text import did_you_mean
from edgert.errors import CompileError
from edgert_compiler.graph.problems import NodeProblem
from edgert_compiler.graph.schemas import form_problem

_LISTED = 20  # nodes that a message names


def check(model: onnx.ModelProto, name: str) -> None:
    """Raises CompileError where ONNX's own checker refuses the model, or it computes nothing.

    The message tells what is wrong in words of the model: ONNX's own name no node.
    """
    _check_versions(model, name)
    external = [t.name for t in model.graph.initializer if t.data_location == t.EXTERNAL]
    if external:
        raise CompileError(
            f"{name} keeps tensor '{external[0]}' in an external file; give the path of the model"
        )
    if not model.graph.output:
        raise CompileError(f"{name} has no outputs: there is nothing to compute")
    try:
        with _any_shape(model.graph):
            onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise _diagnosed(model, name, error) from error
    except ValueError as error:  # beyond the 2 GiB that protobuf can serialize
        raise CompileError(f"{name} cannot be checked: {_one_line(error)}") from error


def _check_versions(model: onnx.ModelProto, name: str) -> None:
    installed = f"the installed onnx {onnx.__version__} knows"
    opset = max((o.version for o in model.opset_import if not o.domain), default=None)
    newest = onnx.defs.onnx_opset_version()
    if opset is not None and opset > newest:
        raise CompileError(
            f"{name} uses opset {opset}; {installed} opsets up to {newest}: install a newer onnx, "
            "or export the model with an older opset"
        )
    if opset is not None and opset < 1:
        raise CompileError(f"{name} says opset {opset} in its opset_import; the first one is 1")
    if model.ir_version > onnx.IR_VERSION:
        raise CompileError(
            f"{name} has IR version {model.ir_version}; {installed} versions up to "
            f"{onnx.IR_VERSION}: install a newer onnx, or save the model with an older ir_version"
        )


@contextlib.contextmanager
def _any_shape(graph: onnx.GraphProto) -> Iterator[None]:
    """Inputs and outputs without a shape have one meanwhile: those of outputs are inferred, those
    of inputs given. The checker asks for them."""
    ports = [value.type.tensor_type for value in (*graph.input, *graph.output)]
    untold = [tensor for tensor in ports if tensor.elem_type and not tensor.HasField("shape")]
    for tensor in untold:
        tensor.shape.SetInParent()
    try:
        yield
    finally:
        for tensor in untold:
            tensor.ClearField("shape")


def _diagnosed(model: onnx.ModelProto, name: str, error: Exception) -> CompileError:
    """What is wrong with the nodes; else with the values; else what the checker says."""
    nodes = [problem for graph in _graphs(model) for problem in _node_problems(*graph)]
    if not nodes:
        reason = _value_problem(model) or _own_words(error)
        return CompileError(f"{name} is not a valid ONNX model: {reason}")
    lines = [str(problem) for problem in nodes[:_LISTED]]
    if len(nodes) > _LISTED:
        lines.append(f"and {len(nodes) - _LISTED} more nodes")
    separator = "\n  " if len(nodes) > 1 else " "
    return CompileError(
        separator.join([f"{name} is not a valid ONNX model:", *lines]),
        [problem.to_dict() for problem in nodes],
    )


def _graphs(model: onnx.ModelProto) -> Iterator[tuple[Sequence[onnx.NodeProto], dict[str, int]]]:
    """The nodes of the model, of its functions, and of every body in them, with their opsets."""
    roots = [(model.graph.node, model), *((f.node, f) for f in model.functions)]
    for nodes, root in roots:
        opsets = {opset.domain: opset.version for opset in root.opset_import}
        pending = [nodes]
        while pending:
            nodes = pending.pop(0)
            yield nodes, opsets
            attributes = [attribute for node in nodes for attribute in node.attribute]
            pending += [g.node for a in attributes for g in (a.g, *a.graphs) if g.node]


def _node_problems(
    nodes: Sequence[onnx.NodeProto], opsets: dict[str, int]
) -> Iterator[NodeProblem]:
    for node in nodes:
        opset = opsets.get(node.domain)
        reason = (
            f"the model's opset_import has no domain '{node.domain or 'ai.onnx'}'"
            if opset is None
            else form_problem(node, opset)
        )
        if reason is not None:
            yield NodeProblem(_name(node), node.op_type, node.domain, opset or 0, reason)


def _name(node: onnx.NodeProto) -> str:
    """As `passes.names` calls a node without one."""
    output = next(filter(None, node.output), "")
    return node.name or (f"{node.op_type}_{output}" if output else node.op_type)


def _value_problem(model: onnx.ModelProto) -> str | None:
    """What is wrong with inputs, initializers, and who computes and reads which value."""
    graph = model.graph
    if not model.ir_version:
        return "it has no ir_version"
    for kind, values in (("input", graph.input), ("initializer", graph.initializer)):
        ((name, count),) = Counter(value.name for value in values).most_common(1) or [("", 0)]
        if any(not value.name for value in values):
            return f"an {kind} has no name"
        if count > 1:
            return f"two {kind}s are called '{name}'"
    for value in graph.input:
        if value.type.WhichOneof("value") is None:
            return f"input '{value.name}' has no type"
        if value.type.HasField("tensor_type") and not value.type.tensor_type.elem_type:
            return f"input '{value.name}' has no element type"
    for tensor in graph.initializer:
        if not tensor.data_type:
            return f"initializer '{tensor.name}' has no element type"
    return _reading_problem(graph)


def _reading_problem(graph: onnx.GraphProto) -> str | None:
    given = {value.name for value in (*graph.input, *graph.initializer)}
    given |= {tensor.values.name for tensor in graph.sparse_initializer}
    computed: dict[str, onnx.NodeProto] = {}
    for node in graph.node:
        for name in filter(None, node.output):
            if name in computed or name in given:
                other = (
                    f"node '{_name(computed[name])}'" if name in computed else "the model's input"
                )
                return f"two values are called '{name}': of {other} and of node '{_name(node)}'"
            computed[name] = node
    defined = set(given)
    for node in graph.node:
        for name in filter(None, node.input):
            if name in computed and name not in defined:
                return (
                    f"node '{_name(node)}' ({node.op_type}) reads '{name}' of node "
                    f"'{_name(computed[name])}', which itself depends on it: a cycle"
                )
            if name not in defined:
                return (
                    f"node '{_name(node)}' ({node.op_type}) reads '{name}', which is no input, no "
                    f"initializer and no output of a node{did_you_mean(name, [*given, *computed])}"
                )
        defined.update(node.output)
    for output in graph.output:
        if output.name not in defined:
            guess = did_you_mean(output.name, computed)
            return f"nothing computes its output '{output.name}'{guess}"
    return None


def _own_words(error: Exception) -> str:
    return _one_line(error).partition(" ==> Context:")[0].rstrip(".")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
