"""Products with what onnxruntime's graph optimizer has fused into them."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims, op_id
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer

_PLAIN = frozenset({"Relu", "Sigmoid", "Tanh"})
_ALPHA = frozenset({"LeakyRelu", "Elu", "ThresholdedRelu"})
_PARAMETERS = ("activation_alpha", "activation_beta", "activation_gamma")


class FusedActivation(Rule):
    """A product, what is added to it, and an activation.

    com.microsoft.FusedConv{activation}(x, w, b, z)   =>   activation(Add(Conv(x, w, b), z))
    com.microsoft.FusedGemm{activation}(a, b, c)      =>   activation(Gemm(a, b, c))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"com.microsoft.FusedConv", "com.microsoft.FusedGemm"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal:
        """Refused for an activation that onnxruntime does not fuse today."""
        name = node.attributes.get_string("activation", "")
        own = [key for key in node.attributes if not key.startswith("activation")]
        attributes = {key: node.attributes[key] for key in own}
        if name and name not in _PLAIN | _ALPHA | {"Clip", "HardSigmoid"}:
            return Refusal(f"edgert knows no fused activation {name}")
        y = emit(op_id(node).partition("Fused")[2], node.inputs[:3], attributes)
        summand = optional(node, 3)
        if summand is not None:
            y = emit("Add", [y, summand])
        return Rewrite((_activated(node, name, y) if name else y,))


def _activated(node: ir.Node, name: str, value: ir.Value) -> ir.Value:
    numbers = list(node.attributes.get_floats("activation_params", ()))
    numbers = numbers or [node.attributes.get_float(key, 0.0) for key in _PARAMETERS]
    if name == "Clip":
        return Composer(node).float32("Clip", value, *numbers[:2])
    attributes: dict[str, object] = {}
    if name not in _PLAIN:
        attributes = dict(zip(("alpha",) if name in _ALPHA else ("alpha", "beta"), numbers))
    return emit(name, [value], attributes)


class FusedMatMul(Rule):
    """A product of matrices that are transposed in their last two axes, times a number.

    com.microsoft.FusedMatMul{alpha, transB}(a, b)   =>   Mul(MatMul(a, Transpose(b)), alpha)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"com.microsoft.FusedMatMul"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Where the shapes are known; refused for batches behind the matrices' axes."""
        if any(node.attributes.get_int(f"transBatch{side}", 0) for side in "AB"):
            return Refusal("its batch is not in front")
        make, operands = Composer(node), []
        for value, side in zip(node.inputs, "AB"):
            shape = None if value is None else dims(value)
            if value is None or shape is None:
                return None
            if node.attributes.get_int(f"trans{side}", 0) and len(shape) > 1:
                rank = len(shape)
                value = make.transpose(value, *range(rank - 2), rank - 1, rank - 2)
            operands.append(value)
        y, alpha = emit("MatMul", operands), node.attributes.get_float("alpha", 1.0)
        return Rewrite((make.float32("Mul", y, alpha) if alpha != 1.0 else y,))
