"""Cells of recurrent layers: what they carry from step to step carries its errors along.

    gates ── Sigmoid ─┬─ Mul(previous state) ─┐
                      └─ Mul(candidate) ──────┴─ Add ── state ── Tanh ── Mul(gate) ── output

Two gated values are added up only there (Hochreiter and Schmidhuber, Long Short-Term Memory, 1997;
Cho et al., 2014, for the GRU). Int8 with ranges from calibration drifts in such a cell, so its
arithmetic stays in float and its products quantize what they read while running.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx_ir as ir

from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.quantization.graph import QuantizableNode

REASON = "part of a recurrent cell, where errors add up from step to step"


def recurrent_cells(ops: Sequence[QuantizableNode]) -> list[QuantizableNode]:
    """The arithmetic and the products of every cell."""
    producers = {value: op for op in ops for value in op.node.outputs}
    readers: dict[ir.Value, list[QuantizableNode]] = {}
    for op in ops:
        for value in op.node.inputs:
            if value is not None:
                readers.setdefault(value, []).append(op)
    found: dict[str, QuantizableNode] = {}
    for op in ops:
        if op.node.op_type == "Add" and all(_is_gated(v, producers) for v in op.node.inputs):
            _collect_before(op, producers, found)
            _collect_after(op, readers, found)
    return list(found.values())


def _is_gated(value: ir.Value | None, producers: Mapping[ir.Value, QuantizableNode]) -> bool:
    """Whether it is a Mul by a gate: a Sigmoid, or one minus a Sigmoid."""
    product = _computed(value, producers)
    if product is None or product.node.op_type != "Mul":
        return False
    factors = [_computed(v, producers) for v in product.node.inputs]
    kinds = [factor.node.op_type for factor in factors if factor is not None]
    for factor in factors:
        if factor is not None and factor.node.op_type == "Sub":
            kinds += [
                inner.node.op_type
                for v in factor.node.inputs
                if (inner := _computed(v, producers)) is not None
            ]
    return "Sigmoid" in kinds


def _computed(
    value: ir.Value | None, producers: Mapping[ir.Value, QuantizableNode]
) -> QuantizableNode | None:
    """What computes a value, behind movement and selections."""
    op = None if value is None else producers.get(value)
    while op is not None and op.role is QuantizationRole.PRESERVE:
        op = producers.get(op.data[0]) if op.data else None
    return op


def _collect_before(
    op: QuantizableNode,
    producers: Mapping[ir.Value, QuantizableNode],
    found: dict[str, QuantizableNode],
) -> None:
    """`op` and what it is computed from, up to and including the products."""
    if op.name in found:
        return
    found[op.name] = op
    for value in op.data if op.product else op.node.inputs:
        before = None if value is None else producers.get(value)
        if before is not None and (before.product or not op.product):
            _collect_before(before, producers, found)


def _collect_after(
    op: QuantizableNode,
    readers: Mapping[ir.Value, list[QuantizableNode]],
    found: dict[str, QuantizableNode],
) -> None:
    """What is computed from the new state, up to the products that read it."""
    for value in op.node.outputs:
        for reader in readers.get(value, ()):
            if not reader.product and reader.name not in found and reader.role.reads_int8:
                found[reader.name] = reader
                _collect_after(reader, readers, found)
