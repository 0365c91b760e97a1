"""The plan without calibration data: int8 weights, activations quantized while running.

Quantizing an activation costs two passes over it (its range, then its int8 form); computing in int8
saves time with every multiply-accumulate. A product is worth it from `MINIMUM_WORK`
multiply-accumulates per input element on, which leaves out depthwise convolutions and other layers
that read much and compute little; these keep float weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import onnx_ir as ir

from edgert_compiler.graph.dataflow import is_control
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.quantization.decide import INT8
from edgert_compiler.quantization.graph import QuantizableNode, operators, size
from edgert_compiler.quantization.plan import Decision, Precision, QuantizationPlan
from edgert_compiler.quantization.prescription import Prescription
from edgert_compiler.quantization.ranges import ported_params
from edgert_compiler.quantization.recurrent import REASON, recurrent_cells
from edgert_compiler.quantization.rules import Int8Rules
from edgert_compiler.quantization.weights import plan_weights, unusable_weights

# Measured on one thread with AVX-512 VNNI: quantizing takes 0.8 ns an element, int8 saves 0.0125
# ns per multiply-accumulate against float32 (1x1 and 3x3 convolutions over 28x28 pixels, 32 and 128
# input channels, 4 to 128 output channels; the break-even was between 64 and 128).
MINIMUM_WORK = 96
_INT8_WEIGHTS = (Precision.INT8, Precision.DYNAMIC)
_BLOCK = 16  # output channels that the kernels compute at a time

ADVICE = (
    "Activations are quantized while running; give calibration data (--calibration) to compute "
    "whole layers in int8, which is faster."
)


def dynamic_plan(
    model: ir.Model,
    prescription: Prescription | None = None,
    rules: Int8Rules | None = None,
) -> QuantizationPlan:
    """DYNAMIC for products with constant weights that are worth it, FLOAT with a reason else.

    INT8 where a product reads bytes whose meaning is known. prescription: parameters that weights
    must have, and values that int8 cannot hold; other weights follow from their numbers.
    """
    rules = rules or Int8Rules()
    prescription = Prescription() if prescription is None else prescription
    ops = operators(model, rules.find)
    ported = ported_params(ops, prescription)
    decisions = {op.name: _decision(op, prescription, rules, ported) for op in ops}
    chosen = [op for op in ops if op.product and decisions[op.name].precision in _INT8_WEIGHTS]
    read = [op.data[0].name or "" for op in chosen if decisions[op.name] is INT8]
    activations = {name: ported[name] for name in read}
    return QuantizationPlan(activations, plan_weights(chosen, activations, prescription), decisions)


def decisions_beside_data(ops: Sequence[QuantizableNode]) -> dict[str, Decision]:
    """For nodes of a model with calibration data that need other rules, by name.

    These are recurrent layers, whole or in parts, and what runs in loops, of which data tells
    nothing.
    """
    reasons = {op: op.unobserved for op in ops if op.unobserved}
    whole = (op for op in ops if op.role is QuantizationRole.DYNAMIC)
    reasons |= dict.fromkeys((*whole, *recurrent_cells(ops)), REASON)
    return {op.name: _dynamic_or_float(op, reason) for op, reason in reasons.items()}


def _dynamic_or_float(op: QuantizableNode, reason: str) -> Decision:
    decision = _decision(op, Prescription(), Int8Rules(), {})
    dynamic = decision.precision is Precision.DYNAMIC
    return decision if dynamic else Decision(Precision.FLOAT, reason)


def _decision(
    op: QuantizableNode,
    prescription: Prescription,
    rules: Int8Rules,
    ported: Mapping[str, QuantParams],
) -> Decision:
    if is_control(op.node):
        return Decision(Precision.FLOAT, "control flow passes values on in float")
    if op.role is QuantizationRole.DYNAMIC:
        return Decision(Precision.DYNAMIC)
    if not op.product:
        return Decision(Precision.FLOAT, "without calibration data only products are int8")
    name = op.data[0].name or "" if op.data else ""
    if reason := unusable_weights(op, prescription, rules) or prescription.wide_reason(name):
        return Decision(Precision.FLOAT, reason)
    if name in ported:
        byte = Decision(Precision.FLOAT, "it reads the model's own integers")
        return INT8 if rules.products_write_float else byte
    if is_depthwise(op):
        return Decision(Precision.FLOAT, "a depthwise convolution computes too little per element")
    if work_per_element(op) < MINIMUM_WORK:
        return Decision(
            Precision.FLOAT,
            f"fewer than {MINIMUM_WORK} multiply-accumulates per input element: quantizing it "
            "costs more than int8 saves",
        )
    return Decision(Precision.DYNAMIC)


def is_depthwise(op: QuantizableNode) -> bool:
    """Whether every channel of a convolution is a group of its own."""
    groups = op.node.attributes.get_int("group", 1)
    return groups > 1 and op.weight is not None and groups in (op.weight.shape or ())[:1]


def work_per_element(op: QuantizableNode) -> float:
    """Multiply-accumulates per element of the input that would be quantized.

    Output channels count in whole blocks of the kernels.
    """
    assert op.weight is not None
    shape = _dims(op.weight)
    if op.node.op_type == "ConvTranspose":  # every input element meets its channel's whole kernel
        return math.prod(shape[1:])
    channels = shape[op.weight_axis]
    blocks = -(-channels // _BLOCK) * _BLOCK
    macs = size(op.output) * math.prod(shape) / channels
    return macs * blocks / channels / max(1, size(op.data[0]))


def _dims(value: ir.Value) -> list[int]:
    return [int(dim) for dim in value.shape or ()]  # type: ignore[arg-type]
