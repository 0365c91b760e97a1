"""The plan for int8 weights alone: dequantized before they are used, so that files are smaller."""

from __future__ import annotations

from collections.abc import Mapping

import onnx_ir as ir

from edgert.compiler.ops import registry
from edgert.compiler.quantization.graph import FindOp, Operator, operators
from edgert.compiler.quantization.plan import Decision, Precision, QuantizationPlan, WeightParams
from edgert.compiler.quantization.weights import plan_weights, unusable_weights


def weights_plan(
    model: ir.Model,
    weights: Mapping[str, WeightParams] | None = None,
    find: FindOp = registry.find,
) -> QuantizationPlan:
    """WEIGHTS for every product with constant, finite weights, FLOAT with a reason else.

    weights: parameters that weights must have, by value name; others follow from the weights.
    """
    ops = operators(model, find)
    decisions = {op.name: _decision(op) for op in ops}
    chosen = [op for op in ops if decisions[op.name].precision is Precision.WEIGHTS]
    return QuantizationPlan({}, plan_weights(chosen, {}, weights or {}), decisions)


def _decision(op: Operator) -> Decision:
    if not op.product:
        return Decision(Precision.FLOAT, "without calibration data only weights are int8")
    if reason := unusable_weights(op):
        return Decision(Precision.FLOAT, reason)
    return Decision(Precision.WEIGHTS)
