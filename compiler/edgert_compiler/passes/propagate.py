"""One walk in topological order that infers shapes and folds constants together.

Doing both at once lets shape arithmetic (Shape, Gather, Unsqueeze, Concat, ... into Reshape)
resolve in one walk: each node's inputs are final when it is reached.
"""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.passes.bounds import is_settled, mark_bounds
from edgert_compiler.passes.branches import take_branch
from edgert_compiler.passes.evaluate import evaluate, is_foldable
from edgert_compiler.passes.infer import set_outputs

_QUANTIZATION = frozenset({"QuantizeLinear", "DequantizeLinear"})
# A folded constant may be this large, or as large as the constants it is computed from.
_FREE_BYTES = 1 << 20


def propagate(graph: ir.Graph, fold_quantization: bool = False) -> None:
    """Infers every shape and type and folds constants, in place.

    A constant that would be larger than what it is computed from (Expand, Tile, ConstantOfShape,
    Range) and larger than 1 MiB stays a node: the bundle should not carry it. A value without
    elements is a constant, wherever it comes from: nothing after this meets an empty tensor, except
    as a graph input or output.

    Args:
        graph: with static input shapes.
        fold_quantization: also fold Q/DQ nodes on constants.
    """
    for value in graph.initializers.values():
        if value.const_value is not None:
            value.shape = ir.Shape(value.const_value.numpy().shape)
            value.dtype = value.const_value.dtype
    for value in graph.inputs:
        _replace_if_empty(graph, value)
    kept = frozenset() if fold_quantization else _QUANTIZATION
    _walk(graph, list(graph), kept)


def fold_constants(model: ir.Model) -> bool:
    """Folds what rewriting made constant, Q/DQ included, in place; tells whether anything was."""
    before = len(model.graph)
    propagate(model.graph, fold_quantization=True)
    return len(model.graph) != before


def _walk(graph: ir.Graph, nodes: list[ir.Node], kept: frozenset[str]) -> None:
    for node in nodes:
        branch = take_branch(node)
        if branch is None:
            _visit(graph, node, kept)
        else:
            _walk(graph, branch, kept)


def _visit(graph: ir.Graph, node: ir.Node, kept: frozenset[str]) -> None:
    if _is_constant_output(node):
        return
    constants = _constant_value(node)
    if constants is None and node.op_type not in kept and is_foldable(node):
        set_outputs(node)
        if _worth_folding(node):
            constants = evaluate(node)
    if constants is None:
        set_outputs(node)
        mark_bounds(node)
        constants = _without_elements(node)
    if constants is not None:
        _replace_by_constants(graph, node, constants)
        return
    for value in node.outputs:
        _replace_if_empty(graph, value)


def _without_elements(node: ir.Node) -> list[ir.TensorProtocol] | None:
    """The results, where all of them have no elements."""
    results = [tensor for value in node.outputs if (tensor := _empty(value)) is not None]
    return results if results and len(results) == len(node.outputs) else None


def _empty(value: ir.Value) -> ir.TensorProtocol | None:
    """The only tensor that a value can be whose shape has no elements; None for other values."""
    if not isinstance(value.type, ir.TensorType):
        return None  # of a sequence, it is the shape of each element
    if value.shape is None or not value.shape.is_static() or 0 not in value.shape.numpy():
        return None
    if value.dtype is None or value.dtype == ir.DataType.STRING or not is_settled(value):
        return None
    return ir.tensor(np.empty(value.shape.numpy(), value.dtype.numpy()), dtype=value.dtype)


def _replace_if_empty(graph: ir.Graph, value: ir.Value) -> None:
    """Lets the readers of a value without elements read a constant."""
    tensor = _empty(value) if value.uses() else None
    if tensor is None:
        return
    constant = _constant(_free_name(graph, f"{value.name}_constant"), tensor)
    for user, index in tuple(value.uses()):
        user.replace_input_with(index, constant)
    graph.register_initializer(constant)


def _constant(name: str, tensor: ir.TensorProtocol) -> ir.Value:
    return ir.Value(
        name=name,
        shape=ir.Shape(tensor.numpy().shape),
        type=ir.TensorType(tensor.dtype),
        const_value=tensor,
    )


def _is_constant_output(node: ir.Node) -> bool:
    return (
        node.op_type == "Identity"
        and node.outputs[0].is_graph_output()
        and node.inputs[0] is not None
        and node.inputs[0].const_value is not None
    )


def _constant_value(node: ir.Node) -> list[ir.TensorProtocol] | None:
    """Results that need no computation: of Constant, and of Shape and Size of a static shape."""
    if node.domain != "":
        return None
    if node.op_type == "Constant":
        return [_constant_attribute(node)]
    source = node.inputs[0] if node.inputs else None
    if node.op_type not in ("Shape", "Size") or source is None or source.shape is None:
        return None
    if not is_settled(source):
        return None
    dims = np.array(source.shape.numpy(), np.int64)
    if node.op_type == "Size":
        return [ir.tensor(np.array(dims.prod(dtype=np.int64)))]
    start = node.attributes.get_int("start", 0)
    end = node.attributes.get_int("end", len(dims))
    return [ir.tensor(dims[start:end])]


def _constant_attribute(node: ir.Node) -> ir.TensorProtocol:
    (attribute,) = node.attributes.values()
    value = attribute.value
    if attribute.name == "value":
        return attribute.as_tensor()
    if attribute.name == "sparse_value":
        return evaluate(node)[0]
    dtype = {"f": np.float32, "i": np.int64}.get(attribute.name.removeprefix("value_")[0])
    return ir.tensor(np.array(value, dtype)) if dtype else evaluate(node)[0]


def _worth_folding(node: ir.Node) -> bool:
    """Whether the results are tensors of numbers, of acceptable size."""
    sources = sum(v.const_value.nbytes for v in node.inputs if v is not None and v.const_value)
    results = 0.0
    for value in node.outputs:
        if value.name and not isinstance(value.type, ir.TensorType):
            return False
        if value.dtype == ir.DataType.STRING:
            return False
        if value.shape is not None and value.dtype is not None:
            results += math.prod(value.shape.numpy()) * value.dtype.itemsize
    return results <= max(_FREE_BYTES, sources)


def _replace_by_constants(
    graph: ir.Graph, node: ir.Node, constants: list[ir.TensorProtocol]
) -> None:
    for value, tensor in zip(node.outputs, constants):
        is_output = value.is_graph_output()
        name = _free_name(graph, f"{value.name}_constant") if is_output else _name(node, value)
        constant = _constant(name, tensor)
        for user, index in tuple(value.uses()):
            user.replace_input_with(index, constant)
        if is_output:
            _keep_output(graph, node, value, constant)
        if name in graph.initializers:
            del graph.initializers[name]
        graph.register_initializer(constant)
    graph.remove(node, safe=True)


def _name(node: ir.Node, value: ir.Value) -> str:
    """A transposed constant keeps its name if nothing else reads it: see Names in __init__."""
    source = node.inputs[0] if node.op_type == "Transpose" else None
    if source is None or len(source.uses()) > 1 or source.is_graph_output():
        return str(value.name)
    return str(source.name)


def _keep_output(graph: ir.Graph, node: ir.Node, value: ir.Value, constant: ir.Value) -> None:
    output = ir.Value(name=value.name, shape=constant.shape, type=constant.type)
    identity = ir.Node("", "Identity", [constant], outputs=[output], version=node.version)
    identity.name = node.name
    graph.insert_before(node, identity)
    value.replace_all_uses_with(output, replace_graph_outputs=True)


def _free_name(graph: ir.Graph, name: str) -> str:
    while name in graph.initializers:
        name += "_"
    return name
