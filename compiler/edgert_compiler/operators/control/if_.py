"""If, both of whose branches are nodes of the graph."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.dataflow import IF, branch_results
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.types import BOOL
from edgert_compiler.operators.base import Operator


class If(Operator):
    op_type = IF
    domain = DOMAIN
    types = BOOL

    def unknown_shape(self, node: ir.Node, index: int) -> str:
        shapes = [list(values[index].shape or ()) for values in branch_results(node)]
        return (
            f"output '{node.outputs[index].name}' has shape {shapes[0]} in one branch and "
            f"{shapes[1]} in the other, and memory is planned for one; if the condition is known "
            "before running, give what it depends on by --constant"
        )
