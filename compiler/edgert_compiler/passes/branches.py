"""``If``: the branch taken becomes part of the graph; both, where the condition is computed."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.dataflow import IF
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.subgraphs import Surroundings


def take_branch(node: ir.Node) -> list[ir.Node] | None:
    """Replaces an If by the nodes of the branch it takes, in place, and returns them.

    Returns None, having done nothing, for any other node and where the condition is not constant.

    The branch's nodes are inserted before the node, its initializers join the graph's, and names
    that the graph already uses get a number.
    """
    if node.op_type != "If" or node.domain != "" or not isinstance(node.graph, ir.Graph):
        return None
    condition = node.inputs[0]
    if condition is None or condition.const_value is None:
        return None
    taken = bool(condition.const_value.numpy().reshape(-1)[0])
    around = Surroundings(node)
    around.replace(around.copy(_branch(node, taken), ()))
    return around.added


def merge_branches(node: ir.Node) -> bool:
    """Replaces an If by the nodes of both branches and an ``edgert.If`` of their results, in place.

    x ── If{Relu(x), Neg(x)} ── y     =>     x ─┬─ Relu ─┬─ edgert.If ── y
    c ──┘                                       └─ Neg ──┤
                                             c ──────────┘

    What only one branch needs is computed only if that is taken: lowering finds it. Returns False,
    having done nothing, where an output is no tensor.
    """
    if not all(isinstance(value.type, ir.TensorType) for value in node.outputs):
        return False
    around = Surroundings(node)
    values = [v for taken in (True, False) for v in around.copy(_branch(node, taken), ())]
    merged = ir.Node(DOMAIN, IF, [node.inputs[0], *values], num_outputs=len(node.outputs))
    merged.name = node.name
    around.replace(around.add(merged).outputs)
    return True


def _branch(node: ir.Node, taken: bool) -> ir.Graph:
    return node.attributes["then_branch" if taken else "else_branch"].as_graph()
