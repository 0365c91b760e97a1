"""What convolutions, transposed convolutions and fully connected layers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import array_of, optional, required
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.graph.types import unsupported_dynamic, unsupported_type
from edgert_compiler.importer.tflite.schema import member
from edgert_compiler.program.layout import Order
from edgert_compiler.quantization.plan import PREACTIVATION, Precision, WeightParams
from edgert_compiler.quantization.weights import (
    quantize_weights,
    weight_params,
    with_bias_room,
)
from edgert_targets.tflite.compiler.activation import apply, fused
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Array, Context
from edgert_targets.tflite.compiler.graph import ChannelParams, Tensor


@dataclass(frozen=True)
class Numbers:
    """In which numbers a product computes.

    `source`: parameters of x, `before`: of the product before an activation of its own. None is
    float; with `weights_only`, int8 weights meet float activations.
    """

    source: QuantParams | None = None
    before: QuantParams | None = None
    weights_only: bool = False


class Product(Lowering):
    """``activation(x * weights + bias)`` with constant weights; there is no residual input."""

    domain = DOMAIN
    quantizes: ClassVar[bool] = True

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            unsupported_type(node, 0)
            or unsupported_dynamic(node, 1, "the weight")
            or unsupported_dynamic(node, 2, "the bias")
        )


def numbers(node: ir.Node, context: Context) -> Numbers:
    """As the plan says; in float where it does not quantize what an activation needs."""
    precision = context.precision(node)
    if precision is Precision.DYNAMIC:
        return Numbers(weights_only=True)
    target = context.params(node)
    if precision is not Precision.INT8 or target is None:
        return Numbers()
    source = context.plan.activations[required(node, 0).name or ""]
    if Activation.of(node).is_clamp:
        return Numbers(source, target)
    before = context.plan.activations.get(f"{node.outputs[0].name}{PREACTIVATION}")
    return Numbers(source, before) if before is not None else Numbers()


def constants(
    node: ir.Node, weights: np.ndarray, axis: int, count: int, how: Numbers, context: Context
) -> tuple[Tensor, Tensor]:
    """Weights and bias as TFLite tensors.

    weights: as TFLite lays them out, with the `count` output channels along `axis`.
    """
    name = required(node, 1).name or ""
    given_bias = array_of(optional(node, 2))
    bias = np.zeros(count, np.float32) if given_bias is None else given_bias.reshape(-1)
    if how.source is None and not how.weights_only:
        return context.constant(weights, name=name), context.constant(bias.astype(np.float32))
    planned = context.plan.weights.get(name)
    if planned is None:
        params = weight_params(weights, axis)
    else:
        scale = np.asarray(planned.scale, np.float32).reshape(-1)
        params = WeightParams(np.tile(scale, count // scale.size), axis)
    if how.source is not None:
        params = with_bias_room(params, bias, how.source.scale)
    stored = context.constant(
        quantize_weights(weights, params), ChannelParams(params.scale, axis), name
    )
    if how.source is None:
        return stored, context.constant(bias.astype(np.float32))
    unit = (params.scale * np.float32(how.source.scale)).astype(np.float32)
    rounded = np.rint(bias / unit.astype(np.float64)).astype(np.int32)
    return stored, context.constant(rounded, ChannelParams(unit, 0))


def data(node: ir.Node, how: Numbers, order: Order | None, context: Context) -> Array:
    """x in these numbers."""
    read = context.native if how.source is None else context.quantized
    return read(required(node, 0), order)


def output_params(node: ir.Node, how: Numbers, context: Context) -> QuantParams | None:
    """Parameters of the output; None where the product computes in float."""
    return None if how.source is None else context.params(node)


def fused_code(node: ir.Node) -> int:
    """The activation that the operator itself computes."""
    return member("ActivationFunctionType", fused(Activation.of(node)) or "NONE")


def finish(node: ir.Node, product: Tensor, target: Tensor, context: Context) -> None:
    """Emits the activation that is not fused, where there is one: from `product` to `target`."""
    if product is not target:
        apply(context, Activation.of(node), product, target)


def product_output(node: ir.Node, how: Numbers, target: Tensor, context: Context) -> Tensor:
    """Where the product itself goes: `target`, or a tensor before an activation that follows."""
    if fused(Activation.of(node)) is not None:
        return target
    return context.tensor(target.shape, target.dtype, how.before, f"{target.name}{PREACTIVATION}")
