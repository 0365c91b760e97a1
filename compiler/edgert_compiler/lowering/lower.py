"""ONNX graph to kernel program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.regions import schedule
from edgert_compiler.lowering import registry
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.ports import AS_DECLARED, PortForm
from edgert_compiler.lowering.sizes import store_sizes
from edgert_compiler.lowering.state import StateLowering
from edgert_compiler.program.ir import Program, Storage
from edgert_compiler.quantization.plan import QuantizationPlan
from edgert_compiler.state import StateBinding


def lower(
    graph: ir.Graph,
    plan: QuantizationPlan,
    name: str = "main",
    states: Sequence[StateBinding] = (),
    form: PortForm = AS_DECLARED,
) -> Program:
    """The kernel program that computes the graph at the plan's precisions.

    Every node must be supported (unsupported.py tells), and the states fit the graph.
    """
    context = LoweringContext(plan, schedule(graph), _lower_node)
    kept = StateLowering(graph, states, context)
    inputs = [v for v in graph.inputs if v.const_value is None and v not in kept.inputs]
    outputs = [value for value in graph.outputs if value not in kept.outputs]
    for port, value in enumerate(inputs):
        context.bind(value, form.tensor(value, plan, Storage.INPUT, port))
    context.lower_nodes(None)
    for port, value in enumerate(outputs):
        context.begin_output(value)
        target = form.tensor(value, plan, Storage.OUTPUT, port)
        context.convert(context.closest(value, target), target)
    sizes = store_sizes(graph, outputs, context)
    kept.store()
    return Program(
        tuple(form.port(value, plan) for value in inputs),
        (*(replace(form.port(v, plan), sizes=sizes.of(v)) for v in outputs), *sizes.ports),
        tuple(context.calls),
        name,
        kept.states,
    )


def _lower_node(node: ir.Node, context: LoweringContext) -> None:
    lowering = registry.find(node.op_type, node.domain)
    assert lowering is not None, f"{node.op_type} is not supported"
    lowering.lower(node, context)
