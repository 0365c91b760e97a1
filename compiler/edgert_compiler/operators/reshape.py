"""Reshape (which also stands for Flatten, Squeeze and Unsqueeze)."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.operators.rearrangement import Rearrangement


class Reshape(Rearrangement):
    op_type = "Reshape"

    def unsupported(self, node: ir.Node) -> str | None:
        source, target = shape_of(required(node, 0)), shape_of(node.outputs[0])
        if math.prod(source) != math.prod(target):
            return f"it makes {list(target)} of {list(source)}, another number of elements"
        return super().unsupported(node)
