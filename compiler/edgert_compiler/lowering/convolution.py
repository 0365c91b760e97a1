"""Layers of the convolution family: convolution, transposed convolution, fully connected.

A layer is one or more convolutions that share inputs, quantization and activation. It computes
``activation(x * weights + bias + residual)`` in float, int8 or dynamically quantized.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.lowering.activation import instructions, kernel_params, lookup_table
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.layer import Layer, Part
from edgert_compiler.packing import (
    WeightForm,
    pack_channels,
    pack_conv_f32,
    pack_conv_terms,
    pack_depthwise_f32,
    pack_depthwise_s8,
)
from edgert_compiler.program import layout
from edgert_compiler.program.elementwise_call import quantum_limits
from edgert_compiler.program.ir import DType, Tensor
from edgert_compiler.quantization.plan import PREACTIVATION, Precision, WeightParams
from edgert_compiler.quantization.weights import quantize_weights, weight_params, with_bias_room


def lower_layer(layer: Layer, context: LoweringContext) -> None:
    """Emits the calls of a layer at the precision that the plan wants."""
    lowerings = {
        Precision.FLOAT: _lower_float,
        Precision.INT8: _lower_int8,
        Precision.DYNAMIC: _lower_dynamic,
    }
    lowerings[context.precision(layer.node)](layer, context)


def _lower_float(layer: Layer, context: LoweringContext) -> None:
    x = layer.images(_source(layer, context, context.native))
    residual = _residual(layer, context, None)
    y = layer.images(context.output(layer.y, layer.order_out))
    kernel = "depthwise_conv2d_f32" if layer.depthwise else "conv2d_f32"
    bias = context.constant(_vector(layer, layer.bias.astype(np.float32)))
    packed = _once(lambda weights: context.constant(_pack_f32(layer, weights)))
    for part in layer.parts:
        params = {**_geometry(layer, part), **kernel_params(Activation.of(layer.node))}
        context.emit(
            kernel,
            _operands(part.window(x), packed(part.weights), bias, _placed(part, residual)),
            [part.place(y)],
            params,
        )


def _lower_dynamic(layer: Layer, context: LoweringContext) -> None:
    quantized, quantization = context.dynamic(layer.x, layer.order_in)
    x = layer.images(quantized)
    residual = _residual(layer, context, None)
    y = layer.images(context.output(layer.y, layer.order_out))
    weights = _Integers(layer, _weight_params(layer, context))
    bias = context.constant(pack_channels(layer.bias.astype(np.float32), layer.groups))
    scale = context.constant(pack_channels(weights.params.scale, layer.groups))

    def pack(array: np.ndarray) -> tuple[Tensor, Tensor]:
        levels = weights.levels(array)
        return (
            context.constant(weights.packed(levels)),
            context.constant(_vector(layer, weights.stored_sums(levels))),
        )

    packed = _once(pack)
    for part in layer.parts:
        packed_weights, sums = packed(part.weights)
        context.emit(
            "conv2d_dynamic_s8",
            [
                part.window(x),
                packed_weights,
                bias,
                scale,
                sums,
                _placed(part, residual),
                quantization,
            ],
            [part.place(y)],
            {
                **part.geometry.params,
                "groups": layer.groups,
                **kernel_params(Activation.of(layer.node)),
                **weights.kernel_params(),
            },
        )


def _lower_int8(layer: Layer, context: LoweringContext) -> None:
    activation = Activation.of(layer.node)
    target = context.output_params(layer.node)
    if activation.is_clamp:
        _emit_int8(layer, context, target, activation, None)
        return
    before = context.plan.activations.get(f"{layer.y.name}{PREACTIVATION}")
    if target is not None and before is not None:
        _emit_int8(layer, context, target, Activation(), before)
        return
    linear = layout.allocate(DType.F32, shape_of(layer.y), layer.order_out)
    _emit_int8_into(layer, context, linear, Activation(), None)
    context.elementwise(
        [linear], context.output(layer.y, layer.order_out, target), instructions(activation)
    )


def _emit_int8(
    layer: Layer,
    context: LoweringContext,
    target: QuantParams | None,
    clamp: Activation,
    before: QuantParams | None,
) -> None:
    """`before`: the parameters of what the table of the activation is applied to."""
    lut = None
    if before is not None:
        assert target is not None
        lut = lookup_table(Activation.of(layer.node), before, target)
    y = context.output(layer.y, layer.order_out, target)
    _emit_int8_into(layer, context, y, clamp, lut, before)


def _emit_int8_into(
    layer: Layer,
    context: LoweringContext,
    output: Tensor,
    clamp: Activation,
    lut: np.ndarray | None,
    before: QuantParams | None = None,
) -> None:
    source = context.params(layer.x)
    x = layer.images(_source(layer, context, context.quantized))
    residual = _residual(layer, context, output.quantization)
    y = layer.images(output)
    requantized = before or output.quantization
    weights = _Integers(
        layer, with_bias_room(_weight_params(layer, context), layer.bias, source.scale)
    )
    unit = source.scale * weights.params.scale.astype(np.float64)
    scale = context.constant(_vector(layer, _scale(unit, requantized)))
    bias = np.rint(layer.bias.astype(np.float64) / unit).astype(np.int64)
    table = None if lut is None else context.constant(lut)

    def pack(array: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        levels = weights.levels(array)
        sums = levels.reshape(layer.channels, -1).sum(1, dtype=np.int64)
        folded = np.clip(bias - source.zero_point * sums, -(2**31), 2**31 - 1).astype(np.int32)
        return (
            context.constant(weights.packed(levels)),
            context.constant(_vector(layer, folded)),
            context.constant(_vector(layer, weights.stored_sums(levels))),
        )

    packed = _once(pack)
    for part in layer.parts:
        packed_weights, folded, sums = packed(part.weights)
        context.emit(
            "depthwise_conv2d_s8" if layer.depthwise else "conv2d_s8",
            _operands(
                part.window(x),
                packed_weights,
                folded,
                scale,
                sums,
                _placed(part, residual),
                table,
            ),
            [part.place(y)],
            {
                **_geometry(layer, part),
                **_requantization(source, requantized, clamp),
                **_residual_params(residual, requantized),
                **weights.kernel_params(),
            },
        )


class _Integers:
    """The weights of a layer as integers, and as the kernels take them."""

    def __init__(self, layer: Layer, params: WeightParams) -> None:
        self.layer = layer
        self.params = params
        all_parts = [self.levels(part.weights).reshape(layer.channels, -1) for part in layer.parts]
        levels = np.concatenate(all_parts, axis=1)
        self.form = (WeightForm.of_depthwise if layer.depthwise else WeightForm.of)(levels)

    def levels(self, weights: np.ndarray) -> np.ndarray:
        """The integers themselves."""
        return quantize_weights(weights, self.params)

    def packed(self, levels: np.ndarray) -> np.ndarray:
        """As docs/kernels.md says."""
        terms = self.form.split(levels)
        if self.layer.depthwise:
            return pack_depthwise_s8(np.concatenate(terms, axis=2))
        return pack_conv_terms(terms, self.layer.groups, self.form.full_range)

    def stored_sums(self, levels: np.ndarray) -> np.ndarray:
        """Per output channel, the sum of the bytes that are stored."""
        rows = levels.reshape(self.layer.channels, -1)
        return rows.sum(1, dtype=np.int32) + np.int32(self.form.zero_point * rows.shape[1])

    def kernel_params(self) -> dict[str, int | float]:
        """How the kernel has to read them."""
        form = {"weight_terms": self.form.terms}
        if not self.layer.depthwise:
            form["weight_zero_point"] = self.form.zero_point
            form["weight_full_range"] = self.form.full_range
        return {name: int(value) for name, value in form.items()}


def _weight_params(layer: Layer, context: LoweringContext) -> WeightParams:
    """Scales per output channel: the plan's, or from the range of all parts together.

    One scale stands for all channels. A transposed convolution has one per output channel of a
    group, the same for every group.
    """
    planned = context.plan.weights.get(required(layer.node, 1).name or "")
    if planned is not None:
        scale = np.asarray(planned.scale, np.float32).reshape(-1)
        return replace(planned, scale=np.tile(scale, layer.channels // scale.size), axis=0)
    together = [part.weights.reshape(layer.channels, -1) for part in layer.parts]
    return weight_params(np.concatenate(together, axis=1), 0)


def _scale(unit: np.ndarray, target: QuantParams | None) -> np.ndarray:
    """What sums are multiplied with; where that exceeds float32, they saturate all the same."""
    scale = unit / (target.scale if target else 1.0)
    largest = float(np.finfo(np.float32).max)
    return np.clip(scale, -largest, largest).astype(np.float32)


def _source(
    layer: Layer,
    context: LoweringContext,
    read: Callable[[ir.Value, layout.Order], Tensor],
) -> Tensor:
    """The input of the layer, without gaps where the parts need it so."""
    x = read(layer.x, layer.order_in)
    return context.dense(x, layer.order_in) if layer.dense else x


_T = TypeVar("_T")


def _once(pack: Callable[[np.ndarray], _T]) -> Callable[[np.ndarray], _T]:
    """`pack`, called once for all parts that share an array of weights."""
    known: dict[int, _T] = {}

    def packed(weights: np.ndarray) -> _T:
        if id(weights) not in known:
            known[id(weights)] = pack(weights)
        return known[id(weights)]

    return packed


def _pack_f32(layer: Layer, weights: np.ndarray) -> np.ndarray:
    return pack_depthwise_f32(weights) if layer.depthwise else pack_conv_f32(weights, layer.groups)


def _vector(layer: Layer, values: np.ndarray) -> np.ndarray:
    """A per-channel operand. Depthwise kernels see one group of all channels."""
    return pack_channels(values, 1 if layer.depthwise else layer.groups)


def _residual(layer: Layer, context: LoweringContext, params: QuantParams | None) -> Tensor | None:
    """The residual in the type of the output, viewed as [N, H, W, C]."""
    if layer.residual is None:
        return None
    read = context.native if params is None else context.quantized
    return layer.images(read(layer.residual, layer.order_out))


def _placed(part: Part, residual: Tensor | None) -> Tensor | None:
    return None if residual is None else part.place(residual)


def _operands(*operands: Tensor | None) -> list[Tensor | None]:
    """Operands without the optional ones missing at the end."""
    result = list(operands)
    while result[-1] is None:
        result.pop()
    return result


def _geometry(layer: Layer, part: Part) -> dict[str, int | float]:
    groups = {} if layer.depthwise else {"groups": layer.groups}
    return {**part.geometry.params, **groups}


def _requantization(
    source: QuantParams, target: QuantParams | None, clamp: Activation
) -> dict[str, int | float]:
    """Zero points, and the clamp in output quanta (in real units for a float output)."""
    low, high = clamp.limits
    if target is None:
        return {
            "x_zero_point": source.zero_point,
            "y_zero_point": 0,
            "act_min": low,
            "act_max": high,
        }
    limits = quantum_limits(DType.S8, target.zero_point)
    return {
        "x_zero_point": source.zero_point,
        "y_zero_point": target.zero_point,
        "act_min": min(max(limits["act_min"], low / target.scale), limits["act_max"]),
        "act_max": max(min(limits["act_max"], high / target.scale), limits["act_min"]),
    }


def _residual_params(residual: Tensor | None, target: QuantParams | None) -> dict[str, int | float]:
    if residual is None or residual.quantization is None or target is None:
        return {"residual_zero_point": 0, "residual_scale": 1.0 if residual else 0.0}
    return {
        "residual_zero_point": residual.quantization.zero_point,
        "residual_scale": residual.quantization.scale / target.scale,
    }
