"""Writes an optimized graph and its plan as a standard ONNX model with Q/DQ nodes.

    conv ─ y ─ relu ─ …   with y int8     ──▶     conv ─ y#float ─ Q ─ y#int8 ─ DQ ─ y ─ …

What other runtimes compute from it is what the plan means: the same scales, int8 weights and int32
biases. Without int8 entries in the plan it is the float model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph import fused
from edgert_compiler.graph.dataflow import is_control
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.operators import registry
from edgert_compiler.quantization.graph import FindOp, QuantizableNode, operators
from edgert_compiler.quantization.plan import (
    PREACTIVATION,
    Precision,
    QuantizationPlan,
    WeightParams,
)
from edgert_compiler.quantization.unfuse import to_onnx
from edgert_compiler.quantization.weights import quantize_weights

OPSET = 17


def to_qdq(
    model: ir.Model, plan: QuantizationPlan | None = None, find: FindOp = registry.find
) -> ir.Model:
    """A new model in ONNX operators only that computes what `model` computes under the plan.

    Values that int8 nodes read or write are quantized and dequantized, weights are int8 and biases
    int32 initializers. Nodes with the DYNAMIC decision quantize their input with
    DynamicQuantizeLinear. Raises CompileError for control flow, which is not ONNX's own any more.
    """
    for node in filter(is_control, model.graph):
        raise CompileError(
            f"node '{node.name}': control flow that is decided at run time cannot be written back "
            "as ONNX; give what it depends on by --constant"
        )
    plan = plan or QuantizationPlan()
    copy = model.clone()
    graph = copy.graph
    copy.opset_imports[""] = max(OPSET, copy.opset_imports.get("", OPSET))
    for op in operators(copy, find):
        _quantize_node(op, plan)
    for value in [*graph.inputs, *(v for node in graph for v in node.outputs)]:
        params = plan.activations.get(value.name or "")
        if params is not None:
            _quantize_activation(graph, value, params, plan)
    for node in list(graph):
        if node.domain == fused.DOMAIN or node.op_type == "Swish":
            to_onnx(node)
    for value in [v for node in graph for v in node.outputs]:
        params = plan.activations.get(value.name or "")
        if params is not None and (value.name or "").endswith(PREACTIVATION):
            _insert(graph, value, params, list(value.uses()))
    copy.opset_imports.pop(fused.DOMAIN, None)
    return copy


def _quantize_node(op: QuantizableNode, plan: QuantizationPlan) -> None:
    precision = plan.precision(op.name)
    if precision is Precision.FLOAT:
        return
    if op.product and op.weight is not None and op.weight.const_value is not None:
        _quantize_weights(op, plan)
    if precision is Precision.DYNAMIC:
        _quantize_dynamically(op)


def _quantize_activation(
    graph: ir.Graph, value: ir.Value, params: QuantParams, plan: QuantizationPlan
) -> None:
    """Quantizes for the int8 readers; for all where an int8 node computes the value, or the plan
    says so.
    """

    def is_int8(node: ir.Node | None) -> bool:
        return node is not None and plan.precision(node.name or "") is Precision.INT8

    everywhere = is_int8(value.producer()) or value.name in plan.rounded
    uses = [use for use in value.uses() if everywhere or is_int8(use[0])]
    result = _insert(graph, value, params, uses)
    if everywhere and value.is_graph_output():
        index = next(i for i, output in enumerate(graph.outputs) if output is value)
        graph.outputs[index] = result
        result.name, value.name = value.name, f"{value.name}#float"


def _insert(
    graph: ir.Graph, value: ir.Value, params: QuantParams, uses: Sequence[tuple[ir.Node, int]]
) -> ir.Value:
    """Puts Q and DQ between a value and these uses of it; returns the dequantized value."""
    name = value.name or ""
    scale = _initializer(graph, f"{name}#scale", np.float32(params.scale))
    zero_point = _initializer(graph, f"{name}#zero_point", np.int8(params.zero_point))
    quantize = ir.node("QuantizeLinear", [value, scale, zero_point])
    dequantize = ir.node("DequantizeLinear", [quantize.outputs[0], scale, zero_point])
    for node, suffix in ((quantize, "#int8"), (dequantize, "#dequantized")):
        node.outputs[0].name = name + suffix
        node.outputs[0].shape = value.shape
    quantize.outputs[0].type = ir.TensorType(ir.DataType.INT8)
    dequantize.outputs[0].type = value.type
    for node, index in uses:
        node.replace_input_with(index, dequantize.outputs[0])
    producer = value.producer()
    if producer is None:
        graph.insert_before(graph[0], [quantize, dequantize])
    else:
        graph.insert_after(producer, [quantize, dequantize])
    return dequantize.outputs[0]


def _quantize_weights(op: QuantizableNode, plan: QuantizationPlan) -> None:
    """Replaces weights by int8 and, where the input's scale is known, the bias by int32."""
    node, weight = op.node, op.weight
    assert weight is not None
    params = plan.weights[weight.name or ""]
    array = array_of(weight)
    assert array is not None
    stored, zero_point = _as_bytes(quantize_weights(array, params), params.axis)
    index = next(i for i, value in enumerate(node.inputs) if value is weight)
    value = _dequantized(op, f"{weight.name}", stored, params, params.axis % array.ndim, zero_point)
    node.replace_input_with(index, value)
    data = plan.activations.get(op.data[0].name or "")
    if data is not None and plan.precision(op.name) is Precision.INT8:
        _quantize_bias(op, (params.scale * np.float32(data.scale)).astype(np.float32))


def _as_bytes(levels: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Weights as int8, or else as uint8 with a zero point for each index of the axis."""
    if levels.dtype == np.int8:
        return levels, None
    rows = np.moveaxis(levels, axis, 0).reshape(levels.shape[axis], -1)
    lowest = np.minimum(rows.min(1), 0)
    along = [1] * levels.ndim
    along[axis] = -1
    return (levels - lowest.reshape(along)).astype(np.uint8), (-lowest).astype(np.uint8)


def _quantize_bias(op: QuantizableNode, scale: np.ndarray) -> None:
    """Replaces a constant bias by int32 with these scales, which groups may share."""
    bias = optional(op.node, 2)
    array = array_of(bias)
    if bias is None or array is None:
        return
    scale = np.tile(scale, array.size // scale.size)
    int32 = np.rint(array.reshape(-1) / scale.astype(np.float64)).astype(np.int32)
    params = WeightParams(scale, 0)
    op.node.replace_input_with(2, _dequantized(op, f"{bias.name}@{op.name}", int32, params, 0))


def _dequantized(
    op: QuantizableNode,
    name: str,
    array: np.ndarray,
    params: WeightParams,
    axis: int,
    zero_point: np.ndarray | None = None,
) -> ir.Value:
    graph = op.node.graph
    assert isinstance(graph, ir.Graph)
    stored = _initializer(graph, f"{name}#int", array)
    shape = params.scale.shape if zero_point is None else zero_point.shape
    zeros = np.zeros(shape, array.dtype) if zero_point is None else zero_point
    scale = _initializer(graph, f"{name}#scale", np.broadcast_to(params.scale, shape))
    zero = _initializer(graph, f"{name}#zero_point", zeros)
    node = ir.node("DequantizeLinear", [stored, scale, zero], {"axis": axis})
    node.outputs[0].name = f"{name}@{op.name}#dequantized"
    node.outputs[0].type = ir.TensorType(ir.DataType.FLOAT)
    node.outputs[0].shape = ir.Shape(array.shape)
    graph.insert_before(op.node, [node])
    return node.outputs[0]


def _quantize_dynamically(op: QuantizableNode) -> None:
    graph = op.node.graph
    assert isinstance(graph, ir.Graph)
    data = op.data[0]
    quantize = ir.node("DynamicQuantizeLinear", [data], num_outputs=3)
    for output, suffix in zip(quantize.outputs, ("#int", "#scale", "#zero_point")):
        output.name = f"{data.name}@{op.name}{suffix}"
    dequantize = ir.node("DequantizeLinear", quantize.outputs)
    dequantize.outputs[0].name = f"{data.name}@{op.name}#dequantized"
    dequantize.outputs[0].type, dequantize.outputs[0].shape = data.type, data.shape
    graph.insert_before(op.node, [quantize, dequantize])
    op.node.replace_input_with(0, dequantize.outputs[0])


def _initializer(graph: ir.Graph, name: str, array: np.ndarray) -> ir.Value:
    """An initializer of that name, shared where it exists."""
    if name in graph.initializers:
        return graph.initializers[name]
    tensor = ir.tensor(np.asarray(array), name=name)
    value = ir.Value(name=name, const_value=tensor, type=ir.TensorType(tensor.dtype))
    value.shape = ir.Shape(np.shape(array))
    graph.register_initializer(value)
    return value
