"""ONNX graph to kernel program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import onnx_ir as ir

from edgert.compiler.lowering.attributes import shape_of
from edgert.compiler.lowering.context import LoweringContext, native_dtype
from edgert.compiler.lowering.regions import schedule
from edgert.compiler.lowering.sizes import store_sizes
from edgert.compiler.lowering.state import StateBinding, StateLowering
from edgert.compiler.program.ir import Port, Program, Storage, Tensor, port_tensor
from edgert.compiler.quantization.plan import QuantizationPlan


def lower(
    graph: ir.Graph,
    plan: QuantizationPlan,
    name: str = "main",
    states: Sequence[StateBinding] = (),
) -> Program:
    """The kernel program that computes the graph at the plan's precisions.

    Every node must be supported (compiler/unsupported.py tells), and the states fit the graph.
    """
    context = LoweringContext(plan, schedule(graph))
    kept = StateLowering(graph, states, context)
    inputs = [v for v in graph.inputs if v.const_value is None and v not in kept.inputs]
    outputs = [value for value in graph.outputs if value not in kept.outputs]
    for port, value in enumerate(inputs):
        context.bind(value, _port_tensor(value, Storage.INPUT, port))
    context.lower_nodes(None)
    for port, value in enumerate(outputs):
        context.begin_output(value)
        context.convert(context.best(value), _port_tensor(value, Storage.OUTPUT, port))
    sizes = store_sizes(graph, outputs, context)
    kept.store()
    return Program(
        tuple(_port(value) for value in inputs),
        (*(replace(_port(value), sizes=sizes.of(value)) for value in outputs), *sizes.ports),
        tuple(context.calls),
        name,
        kept.states,
    )


def _port(value: ir.Value) -> Port:
    return Port(value.name or "", native_dtype(value), shape_of(value))


def _port_tensor(value: ir.Value, storage: Storage, port: int) -> Tensor:
    """The caller's buffer: row-major, in the value's ONNX type."""
    return port_tensor(storage, native_dtype(value), shape_of(value), port, value.name or "")
