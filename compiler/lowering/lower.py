"""ONNX graph to kernel program."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering.attributes import shape_of
from edgert.compiler.lowering.context import LoweringContext, native_dtype
from edgert.compiler.ops import registry
from edgert.compiler.program.ir import Port, Program, Storage, Tensor, port_tensor
from edgert.compiler.quantization.plan import QuantizationPlan
from edgert.errors import CompileError


def lower(graph: ir.Graph, plan: QuantizationPlan, name: str = "main") -> Program:
    """The kernel program that computes the graph at the plan's precisions.

    Every node must be supported (compiler/unsupported.py tells).
    """
    context = LoweringContext(plan)
    inputs = [value for value in graph.inputs if value.const_value is None]
    for port, value in enumerate(inputs):
        context.bind(value, _port_tensor(value, Storage.INPUT, port))
    for node in graph:
        context.begin(node)
        op = registry.find(node.op_type, node.domain)
        assert op is not None, f"{node.op_type} is not supported"
        op.lower(node, context)
    _store_outputs(graph, context)
    return Program(
        tuple(_port(value) for value in inputs),
        tuple(_port(value) for value in graph.outputs),
        tuple(context.calls),
        name,
    )


def _store_outputs(graph: ir.Graph, context: LoweringContext) -> None:
    for port, value in enumerate(graph.outputs):
        producer = value.producer()
        if producer is not None:
            context.begin(producer)
        source = context.best(value)
        context.convert(source, _port_tensor(value, Storage.OUTPUT, port))


def _port(value: ir.Value) -> Port:
    if 0 in shape_of(value):
        raise CompileError(
            f"'{value.name}' has shape {list(shape_of(value))}, without elements; "
            "inputs and outputs of a bundle have at least one"
        )
    return Port(value.name or "", native_dtype(value), shape_of(value))


def _port_tensor(value: ir.Value, storage: Storage, port: int) -> Tensor:
    """The caller's buffer: row-major, in the value's ONNX type."""
    return port_tensor(storage, native_dtype(value), shape_of(value), port, value.name or "")
