"""Which values must have the same parameters: union-find over PRESERVE and UNIFY operators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import onnx_ir as ir

from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.quantization.graph import QuantizableNode


def sharing_classes(
    int8: Iterable[QuantizableNode], values: Sequence[ir.Value]
) -> list[tuple[ir.Value, ...]]:
    """Partitions `values`: those joined by an int8 PRESERVE or UNIFY operator are together."""
    parent: dict[ir.Value, ir.Value] = {value: value for value in values}

    def root(value: ir.Value) -> ir.Value:
        while parent[value] is not value:
            parent[value] = parent[parent[value]]
            value = parent[value]
        return value

    for op in int8:
        if op.role in (QuantizationRole.PRESERVE, QuantizationRole.UNIFY):
            first, *others = (*op.data, *op.node.outputs)
            for other in others:
                parent[root(other)] = root(first)
    classes: dict[ir.Value, list[ir.Value]] = {}
    for value in values:
        classes.setdefault(root(value), []).append(value)
    return [tuple(members) for members in classes.values()]
