"""Takes fused operators apart again, for calibration and for export.

edgert.Conv(activation=silu)      edgert.Conv(activation="")
          │                 ──▶           │ "y#preactivation"
          y                        Sigmoid, Mul ── y

edgert.Conv(X, W, B, residual)  ──▶  Conv(X, W, B) ─ Add(residual) ─ activation ─ y
edgert.Gemm(A, W, B, residual)  ──▶  MatMul(A, W) ─ Add(B) ─ Add(residual) ─ activation ─ y
"""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.quantization.plan import PREACTIVATION


class Tape:
    """Builds a chain of nodes of the type and shape of one value."""

    def __init__(self, like: ir.Value) -> None:
        self.like = like
        self.nodes: list[ir.Node] = []
        self.constants: list[ir.Value] = []

    def __call__(self, op_type: str, *inputs: ir.Value | None, **attributes: object) -> ir.Value:
        """Appends a node of ONNX's own domain and returns its output."""
        node = ir.node(op_type, inputs, attributes)  # type: ignore[arg-type]
        self.nodes.append(node)
        output = node.outputs[0]
        output.name = f"{self.like.name}#{len(self.nodes)}"
        output.type, output.shape = self.like.type, self.like.shape
        return output

    def scalar(self, number: float) -> ir.Value:
        """A float32 constant."""
        tensor = ir.tensor(np.array(number, np.float32))
        constant = ir.Value(
            name=f"{self.like.name}#constant_{len(self.constants)}",
            type=ir.TensorType(ir.DataType.FLOAT),
            shape=ir.Shape(()),
            const_value=tensor,
        )
        self.constants.append(constant)
        return constant


def apply_activation(tape: Tape, activation: Activation, x: ir.Value) -> ir.Value:
    """The activation in operators of ONNX opset 13."""
    name, params = activation.name, activation.params
    if name == "":
        return x
    if name == "clip":
        low, high = params
        bounds = [tape.scalar(b) if math.isfinite(b) else None for b in (low, high)]
        return tape("Clip", x, *bounds)
    if name == "leaky_relu":
        return tape("LeakyRelu", x, alpha=params[0])
    if name == "hard_sigmoid":
        return tape("HardSigmoid", x, alpha=params[0], beta=params[1])
    if name == "hard_swish":
        return tape("Mul", x, tape("HardSigmoid", x, alpha=1 / 6, beta=0.5))
    if name == "silu":
        return tape("Mul", x, tape("Sigmoid", x))
    if name == "gelu":
        erf = tape("Erf", tape("Mul", x, tape.scalar(math.sqrt(0.5))))
        half = tape("Mul", x, tape.scalar(0.5))
        return tape("Mul", half, tape("Add", erf, tape.scalar(1.0)))
    return tape({"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}[name], x)


def split_activation(node: ir.Node) -> None:
    """Separates the activation of a fused node; the value before it gets the PREACTIVATION name."""
    output = node.outputs[0]
    tape = Tape(output)
    attributes = {k: v for k, v in node.attributes.items() if not k.startswith("activation")}
    product = ir.Node(node.domain, node.op_type, node.inputs, attributes.values(), name=node.name)
    tape.nodes.append(product)
    before = product.outputs[0]
    before.name = f"{output.name}{PREACTIVATION}"
    before.type, before.shape = output.type, output.shape
    result = apply_activation(tape, Activation.of(node), before)
    _replace(node, tape, result)


def to_onnx(node: ir.Node) -> None:
    """Replaces a fused node, or Swish, by operators of ONNX opset 13.

    The value before a fused activation has the PREACTIVATION name.
    """
    output = node.outputs[0]
    tape = Tape(output)
    if node.op_type == "Swish":
        x = node.inputs[0]
        scaled = tape("Mul", x, tape.scalar(node.attributes.get_float("alpha", 1.0)))
        _replace(node, tape, tape("Mul", x, tape("Sigmoid", scaled)))
        return
    x, weights, bias, residual = (*node.inputs, None, None)[:4]
    attributes = {k: v for k, v in node.attributes.items() if not k.startswith("activation")}
    if node.op_type == "Gemm":
        result = tape("MatMul", x, weights)
        result = result if bias is None else tape("Add", result, bias)
    else:
        inputs = [x, weights] if bias is None else [x, weights, bias]
        tape.nodes.append(ir.Node("", node.op_type, inputs, attributes.values()))
        result = tape.nodes[-1].outputs[0]
        result.name = f"{output.name}#0"
        result.type, result.shape = output.type, output.shape
    tape.nodes[0].name = node.name
    result = result if residual is None else tape("Add", result, residual)
    if not Activation.of(node).is_clamp:
        result.name = f"{output.name}{PREACTIVATION}"
    result = apply_activation(tape, Activation.of(node), result)
    _replace(node, tape, result)


def _replace(node: ir.Node, tape: Tape, result: ir.Value) -> None:
    assert node.graph is not None
    for constant in tape.constants:
        node.graph.register_initializer(constant)
    ir.convenience.replace_nodes_and_values(
        node.graph, node, [node], tape.nodes, node.outputs, [result]
    )
