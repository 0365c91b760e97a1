"""Relu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_targets.tflite.compiler.unary import ActivationOp


class Relu(ActivationOp):
    op_type = "Relu"

    def activation(self, node: ir.Node) -> Activation:
        return Activation("relu")
