"""Scale and zero point of inputs and outputs."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.quantization.plan import QuantizationPlan
from edgert_compiler.quantization.ranges import Ranges, UnquantizableError


def declared_params(value: ir.Value) -> QuantParams | None:
    """Scale and zero point of a graph input or output of 8 bits; None where no node tells."""
    producer = value.producer()
    nodes = [producer] if producer is not None else list(value.consumers())
    for node in nodes:
        if node is None or node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        arrays = [None if v is None else array_of(v) for v in node.inputs[1:3]]
        if arrays[0] is not None and arrays[0].size == 1:
            zero_point = arrays[1] if len(arrays) > 1 and arrays[1] is not None else np.zeros(1)
            return QuantParams(float(arrays[0].item()), int(zero_point.item()))
    return None


def planned_params(value: ir.Value, plan: QuantizationPlan) -> QuantParams | None:
    """What the plan says of a float input or output; of a copy, what it says of the original."""
    params = plan.activations.get(value.name or "")
    producer = value.producer()
    if params is not None or producer is None or producer.op_type != "Identity":
        return params
    original = producer.inputs[0]
    return None if original is None else planned_params(original, plan)


def with_ports(plan: QuantizationPlan, names: Collection[str], ranges: Ranges) -> QuantizationPlan:
    """The plan with parameters for inputs and outputs that are to have 8 bits, if any can."""
    found: dict[str, QuantParams] = {}
    for name in names:
        if name not in plan.activations:
            with contextlib.suppress(UnquantizableError):
                found[name] = ranges.params([name], [])
    return replace(plan, activations={**plan.activations, **found})
