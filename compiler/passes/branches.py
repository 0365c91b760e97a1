"""``If`` with a constant condition: the branch taken becomes part of the graph."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.passes.names import unique


def take_branch(node: ir.Node) -> list[ir.Node] | None:
    """Replaces an If by the nodes of the branch it takes, in place, and returns them.

    Returns None, having done nothing, for any other node and where the condition is not constant.

    The branch's nodes are inserted before the node, its initializers join the graph's, and names
    that the graph already uses get a number.
    """
    graph = node.graph
    if node.op_type != "If" or node.domain != "" or not isinstance(graph, ir.Graph):
        return None
    condition = node.inputs[0]
    if condition is None or condition.const_value is None:
        return None
    taken = bool(condition.const_value.numpy().reshape(-1)[0])
    branch = node.attributes["then_branch" if taken else "else_branch"].as_graph()
    return _move(branch, graph, node)


def _move(branch: ir.Graph, graph: ir.Graph, node: ir.Node) -> list[ir.Node]:
    names = _value_names(graph)
    results = list(branch.outputs)
    for value in list(branch.initializers.values()):
        del branch.initializers[str(value.name)]
        value.name = unique(str(value.name), names)
        graph.register_initializer(value)
    nodes = list(branch)
    branch.outputs.clear()
    branch.remove(nodes)
    for inner in nodes:
        for value in inner.outputs:
            value.name = unique(value.name or f"{inner.op_type}_output", names)
            names.add(value.name)
    graph.insert_before(node, nodes)
    for old, new in zip(node.outputs, results):
        nodes.extend(_hand_over(old, new, node, graph))
    graph.remove(node, safe=True)
    return nodes


def _hand_over(old: ir.Value, new: ir.Value, node: ir.Node, graph: ir.Graph) -> list[ir.Node]:
    """Lets `new` stand for `old`; a graph output keeps its name through an Identity."""
    added = []
    if old.is_graph_output():
        output = ir.Value(name=old.name, shape=old.shape, type=old.type)
        identity = ir.Node("", "Identity", [new], outputs=[output], version=node.version)
        identity.name = node.name
        graph.insert_before(node, identity)
        added, new = [identity], output
    old.replace_all_uses_with(new, replace_graph_outputs=True)
    return added


def _value_names(graph: ir.Graph) -> set[str]:
    names = {str(value.name) for value in graph.inputs} | set(graph.initializers)
    return names | {str(v.name) for node in graph.all_nodes() for v in node.outputs}
