"""Unique, readable node names."""

from __future__ import annotations

import onnx_ir as ir


def name_nodes(graph: ir.Graph) -> None:
    """Gives every node a unique name, in place; names that are present and unique stay.

    A nameless node is called after its operator and first output: ``Relu_hidden``.
    """
    taken = {node.name for node in graph.all_nodes() if node.name}
    seen: set[str] = set()
    for node in graph.all_nodes():
        if node.name and node.name not in seen:
            seen.add(node.name)
            continue
        node.name = unique(node.name or _readable(node), taken)
        taken.add(node.name)
        seen.add(node.name)


def unique(name: str, taken: set[str]) -> str:
    """`name`, with a number appended where it is taken."""
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _readable(node: ir.Node) -> str:
    output = next((v.name for v in node.outputs if v.name), "")
    return f"{node.op_type}_{output}" if output else node.op_type
