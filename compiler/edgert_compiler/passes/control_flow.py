"""Control flow that is left when everything constant is folded becomes dataflow."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.passes.branches import merge_branches
from edgert_compiler.passes.iterations import take_apart

_REWRITES = {"If": merge_branches, "Loop": take_apart, "Scan": take_apart}


def embed_control_flow(graph: ir.Graph) -> bool:
    """Replaces every If, Loop and Scan of the graph by nodes without bodies, in place.

    Control flow inside of their bodies is then the graph's own, for another time. What cannot be
    replaced stays; tells whether anything was.
    """
    nodes = [node for node in graph if node.domain == "" and node.op_type in _REWRITES]
    replaced = [_REWRITES[node.op_type](node) for node in nodes]
    return any(replaced)
