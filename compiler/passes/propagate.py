"""One walk in topological order that infers shapes and folds constants together.

Doing both at once lets shape arithmetic (Shape, Gather, Unsqueeze, Concat, ... into Reshape)
resolve in one walk: each node's inputs are final when it is reached.
"""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert.compiler.passes.branches import take_branch
from edgert.compiler.passes.evaluate import evaluate, is_foldable
from edgert.compiler.passes.infer import set_outputs

_QUANTIZATION = frozenset({"QuantizeLinear", "DequantizeLinear"})
# A folded constant may be this large, or as large as the constants it is computed from.
_FREE_BYTES = 1 << 20


def propagate(graph: ir.Graph, fold_quantization: bool = False) -> None:
    """Infers every shape and type and folds constants, in place.

    A constant that would be larger than what it is computed from (Expand, Tile, ConstantOfShape,
    Range) and larger than 1 MiB stays a node: the bundle should not carry it.

    Args:
        graph: with static input shapes.
        fold_quantization: also fold Q/DQ nodes on constants.
    """
    for value in graph.initializers.values():
        if value.const_value is not None:
            value.shape = ir.Shape(value.const_value.numpy().shape)
            value.dtype = value.const_value.dtype
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
    else:
        _replace_by_constants(graph, node, constants)


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
        constant = ir.Value(
            name=name,
            shape=ir.Shape(tensor.numpy().shape),
            type=ir.TensorType(tensor.dtype),
            const_value=tensor,
        )
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
