"""Activations into the product before them."""

from __future__ import annotations

from collections.abc import Callable

import onnx_ir as ir

from edgert_compiler.graph.fused import PRODUCTS
from edgert_compiler.graph.matching import only_use, producer
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.products import activation_attributes, activation_of, rebuilt
from edgert_compiler.passes.rules.merge_clips import bounds

Fused = tuple[str, list[float]]


def _clip(node: ir.Node) -> Fused | None:
    limits = bounds(node)
    return ("clip", [limits[1], limits[2]]) if limits is not None else None


def _leaky_relu(node: ir.Node) -> Fused:
    return "leaky_relu", [node.attributes.get_float("alpha", 0.01)]


def _hard_sigmoid(node: ir.Node) -> Fused:
    get = node.attributes.get_float
    return "hard_sigmoid", [get("alpha", 0.2), get("beta", 0.5)]


def _swish(node: ir.Node) -> Fused | None:
    return ("silu", []) if node.attributes.get_float("alpha", 1.0) == 1 else None


def _gelu(node: ir.Node) -> Fused | None:
    return ("gelu", []) if node.attributes.get_string("approximate", "none") == "none" else None


_ACTIVATIONS: dict[str, Callable[[ir.Node], Fused | None]] = {
    "Relu": lambda node: ("relu", []),  # noqa: ARG005 - the others read attributes
    "Clip": _clip,
    "LeakyRelu": _leaky_relu,
    "HardSwish": lambda node: ("hard_swish", []),  # noqa: ARG005
    "Swish": _swish,
    "Sigmoid": lambda node: ("sigmoid", []),  # noqa: ARG005
    "Tanh": lambda node: ("tanh", []),  # noqa: ARG005
    "HardSigmoid": _hard_sigmoid,
    "Gelu": _gelu,
}


class Activation(Rule):
    """The product applies the activation before it stores.

    x ── edgert.Conv ── Relu      =>   x ── edgert.Conv{activation=relu}
    x ── edgert.Gemm ── Clip(0, 6) =>  x ── edgert.Gemm{activation=clip, params=[0, 6]}
    """

    stage = Stage.FUSE
    ops = frozenset(_ACTIVATIONS)

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses a second activation, computed bounds, and products that are read elsewhere."""
        y = node.inputs[0]
        product = producer(y, *PRODUCTS)
        if y is None or product is None:
            return None
        if activation_of(product):
            return Refusal("the product already has an activation")
        if not only_use(y):
            return Refusal("the product is read elsewhere")
        fused = _ACTIVATIONS[node.op_type](node)
        if fused is None:
            return Refusal("products have no activation of these parameters")
        return Rewrite((rebuilt(product, list(product.inputs), activation_attributes(*fused)),))
