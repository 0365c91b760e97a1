"""The plan for int8 weights alone: dequantized before they are used, so that files are smaller."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.quantization.graph import QuantizableNode, operators
from edgert_compiler.quantization.plan import Decision, Precision, QuantizationPlan
from edgert_compiler.quantization.prescription import Prescription
from edgert_compiler.quantization.rules import Int8Rules
from edgert_compiler.quantization.weights import plan_weights, unusable_weights


def weights_plan(
    model: ir.Model,
    prescription: Prescription | None = None,
    rules: Int8Rules | None = None,
) -> QuantizationPlan:
    """WEIGHTS for every product with constant, finite weights, FLOAT with a reason else.

    prescription: parameters that weights must have; others follow from the weights.
    """
    rules = rules or Int8Rules()
    prescription = Prescription() if prescription is None else prescription
    ops = operators(model, rules.find)
    decisions = {op.name: _decision(op, prescription, rules) for op in ops}
    chosen = [op for op in ops if decisions[op.name].precision is Precision.WEIGHTS]
    return QuantizationPlan({}, plan_weights(chosen, {}, prescription), decisions)


def _decision(op: QuantizableNode, prescription: Prescription, rules: Int8Rules) -> Decision:
    if not op.product:
        return Decision(Precision.FLOAT, "without calibration data only weights are int8")
    if reason := unusable_weights(op, prescription, rules):
        return Decision(Precision.FLOAT, reason)
    return Decision(Precision.WEIGHTS)
