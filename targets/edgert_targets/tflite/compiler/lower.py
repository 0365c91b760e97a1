"""ONNX graph to TFLite graph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.nodes import rank_of, shape_of
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.port_types import DECLARED
from edgert_compiler.program import layout
from edgert_compiler.quantization.plan import QuantizationPlan
from edgert_compiler.quantization.ports import planned_params
from edgert_targets.tflite.compiler import registry
from edgert_targets.tflite.compiler.activation import LOGISTIC
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Graph, Port, Tensor

# Outputs of these have fixed parameters in TFLite's int8 scheme.
_FIXED = {"Softmax": LOGISTIC, "Sigmoid": LOGISTIC}


def lower(
    graph: ir.Graph,
    plan: QuantizationPlan,
    io_types: Mapping[str, str] | None = None,
    channels_last: bool = True,
) -> Graph:
    """The TFLite graph that computes the ONNX graph at the plan's precisions.

    Every node must be supported. io_types: by name, "int8" or "uint8" for float inputs and outputs
    that are not to be float32. channels_last: images at the border are NHWC; else all is as in
    ONNX. Raises CompileError where one has no quantization.
    """
    io_types = io_types or {}
    quantized = sorted(set(io_types.values()))
    if quantized and not plan.activations:
        raise CompileError(
            f"inputs and outputs are {quantized[0]} where activations are int8: give calibration "
            "data, or use io_type=float32"
        )
    context = Context(plan)
    values = [value for value in graph.inputs if value.const_value is None]
    inputs = [_input(value, context, io_types, channels_last) for value in values]
    for node in graph:
        context.begin(node)
        op = registry.find(node.op_type, node.domain)
        assert op is not None, f"{node.op_type} is not supported"
        op.lower(node, context)
    taken = {port.tensor for port in inputs}
    outputs = []
    for value in graph.outputs:
        port = _output(value, context, io_types, taken, channels_last)
        taken.add(port.tensor)
        outputs.append(port)
    return Graph(context.operators, inputs, outputs, graph.name or "main")


def _input(
    value: ir.Value, context: Context, io_types: Mapping[str, str], channels_last: bool
) -> Port:
    rank = rank_of(value)
    io_type = io_types.get(value.name or "", DECLARED)
    image = channels_last and is_image(value)
    order = layout.channels_last(rank) if image else layout.row_major(rank)
    if io_type == DECLARED or value.dtype != ir.DataType.FLOAT:
        return Port(value.name or "", context.result(value, order), order)
    params = context.plan.activations.get(value.name or "")
    if params is None:
        raise CompileError(
            f"input '{value.name}' cannot be {io_type}: only float operators read it; "
            f"use io_type {value.name}=float32"
        )
    tensor = context.result(value, order, params)
    if io_type == "uint8":
        source = _unsigned(tensor)
        context.emit("QUANTIZE", [source], tensor)
        tensor = source
    return Port(value.name or "", tensor, order)


def _unsigned(tensor: Tensor) -> Tensor:
    """A uint8 tensor of the same numbers."""
    params = tensor.params
    assert params is not None
    shifted = QuantParams(params.scale, params.zero_point + 128)
    return Tensor(tensor.name, tensor.shape, np.dtype(np.uint8), shifted)


def is_image(value: ir.Value) -> bool:
    """Whether an input of rank 4 is read channels-last: by a convolution, a pool or the like.

    Operators that take any layout may come before.
    """
    if rank_of(value) != 4:
        return False
    pending, seen = [value], {value}
    while pending:
        current = pending.pop()
        for node, index in current.uses():
            op = registry.find(node.op_type, node.domain)
            if op is None or index != 0:
                continue
            if op.spatial:
                return True
            new = [v for v in node.outputs if op.pointwise and v not in seen and rank_of(v) == 4]
            pending += new
            seen |= set(new)
    return False


def _output(
    value: ir.Value,
    context: Context,
    io_types: Mapping[str, str],
    taken: set[Tensor],
    channels_last: bool,
) -> Port:
    io_type = io_types.get(value.name or "", DECLARED)
    if 0 in shape_of(value):
        raise CompileError(f"output '{value.name}' has no elements; TFLite needs at least one")
    producer = value.producer()
    if producer is not None:
        context.begin(producer)
    quantized = io_type != DECLARED and value.dtype == ir.DataType.FLOAT
    array = context.best(value) if quantized else context.native(value)
    rank = rank_of(value)
    kept = [layout.row_major(rank)]
    if channels_last and rank == 4:
        kept.append(layout.channels_last(rank))
    if array.order not in kept:
        array = context.transposed(array, layout.row_major(rank))
    tensor = array.tensor
    if quantized:
        tensor = context.requantized(tensor, _output_params(value, context, io_type))
    if io_type == "uint8" and quantized:
        target = _unsigned(tensor)
        context.emit("QUANTIZE", [tensor], target)
        tensor = target
    if tensor in taken or tensor.data is not None:
        copy = context.like(tensor)
        context.store(tensor, copy)
        tensor = copy
    return Port(value.name or "", tensor, array.order)


def _output_params(value: ir.Value, context: Context, io_type: str) -> QuantParams:
    found = planned_params(value, context.plan)
    producer = value.producer()
    if found is None and producer is not None:
        found = _FIXED.get(producer.op_type)
    if found is None:
        raise CompileError(
            f"output '{value.name}' cannot be {io_type}: it is computed in float and has no range; "
            f"use io_type {value.name}=float32"
        )
    return found
