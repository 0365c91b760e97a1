"""Cutting a graph into parts that are computed one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import is_read


def partition(
    graph: ir.Graph, supported: Callable[[ir.Node], bool]
) -> list[tuple[bool, list[ir.Node]]]:
    """Groups of nodes, each supported or not as a whole, in an order in which they can run.

    A group takes every node of its kind that is ready, so groups are convex and as large as their
    order allows.
    """
    pending = list(graph)
    groups: list[tuple[bool, list[ir.Node]]] = []
    kind = bool(pending) and supported(pending[0])
    while pending:
        taken: list[ir.Node] = []
        held: set[ir.Value] = set()
        rest = []
        for node in pending:
            if supported(node) is kind and held.isdisjoint(reads(node)):
                taken.append(node)
            else:
                rest.append(node)
                held.update(node.outputs)
        if taken:
            groups.append((kind, taken))
        pending, kind = rest, not kind
    return groups


def extract(model: ir.Model, nodes: Sequence[ir.Node]) -> ir.Model:
    """A model of some nodes of a graph, in this order, of copies that keep all names.

    Its inputs are the values that come from outside, its outputs those that are read outside or are
    outputs of the model.
    """
    own = set(nodes)
    made = {value for node in nodes for value in node.outputs}
    constants: dict[ir.Value, None] = {}
    inputs: dict[ir.Value, None] = {}
    for value in (value for node in nodes for value in reads(node) if value not in made):
        if value.const_value is not None:
            constants[value] = None
        elif value.graph is model.graph:
            inputs[value] = None
    wanted = set(model.graph.outputs)
    for node in model.graph:
        if node not in own:
            wanted.update(reads(node))
    outputs = [v for node in nodes for v in node.outputs if v in wanted and is_read(v)]
    view = ir.GraphView(
        list(inputs),
        outputs,
        nodes=nodes,
        initializers=tuple(constants),
        opset_imports=model.graph.opset_imports,
        name=model.graph.name,
    )
    return ir.Model(view.clone(), ir_version=model.ir_version)


def reads(node: ir.Node) -> Iterator[ir.Value]:
    """What a node reads, the bodies of control flow included."""
    yield from (value for value in node.inputs if value is not None)
    for attribute in node.attributes.values():
        if attribute.type == ir.AttributeType.GRAPH:
            body = attribute.as_graph()
            for inner in body:
                yield from reads(inner)
            yield from body.outputs
