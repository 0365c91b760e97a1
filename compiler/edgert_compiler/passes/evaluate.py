"""Evaluation of one node over constants, with ONNX's reference implementation."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
from onnx.reference import ReferenceEvaluator

from edgert.errors import CompileError
from edgert_compiler.passes.reference import CORRECTED

_RANDOM = frozenset(
    {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial"}
    | {"Bernoulli"}
)
_GRAPHS = (ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS)


def is_foldable(node: ir.Node) -> bool:
    """Whether the outputs are determined now: constant inputs, no randomness, no subgraph."""
    return (
        node.domain == ""
        and node.op_type not in _RANDOM
        and all(value is None or value.const_value is not None for value in node.inputs)
        and not any(attribute.type in _GRAPHS for attribute in node.attributes.values())
    )


def evaluate(node: ir.Node) -> list[ir.TensorProtocol]:
    """The node's outputs. Raises CompileError where the reference implementation fails."""
    proto = ir.serde.serialize_node(node)
    proto.ClearField("input")
    feeds = {}
    for index, value in enumerate(node.inputs):
        name = "" if value is None else f"in{index}"
        proto.input.append(name)
        if value is not None:
            assert value.const_value is not None
            feeds[name] = value.const_value.numpy()
    outputs = [value.name or "" for value in node.outputs]
    try:
        model = _model(proto, list(feeds), outputs, node)
        results = ReferenceEvaluator(model, new_ops=CORRECTED).run(None, feeds)
    except Exception as error:  # anything: the evaluator raises whatever numpy raises
        reason = " ".join(str(error).split())
        raise CompileError(
            f"node '{node.name}' ({node.op_type}) cannot be evaluated on its constants: {reason}"
        ) from error
    named = [name for name in outputs if name]
    return [ir.tensor(np.asarray(result), name=name) for result, name in zip(results, named)]


def _model(
    proto: onnx.NodeProto, inputs: list[str], outputs: list[str], node: ir.Node
) -> onnx.ModelProto:
    untyped = onnx.TypeProto()
    graph = onnx.helper.make_graph(
        [proto],
        "constant",
        [onnx.helper.make_value_info(name, untyped) for name in inputs],
        [onnx.helper.make_value_info(name, untyped) for name in outputs if name],
    )
    version = node.version or onnx.defs.onnx_opset_version()
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", version)])
