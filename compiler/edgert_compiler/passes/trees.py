"""What the rules for tree ensembles share: the canonical sum over trees, and what follows it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.graph.nodes import numbers
from edgert_compiler.passes.scores import post_transform, typed

REGRESSOR = "ai.onnx.ml.TreeEnsembleRegressor"


def tree_features(x: ir.Value | None) -> ir.Value | None:
    """x in a type that trees compare: float32 or float64. None where it is not known yet."""
    shape = dims(x) if x is not None else None
    if x is None or shape is None or x.dtype is None:
        return None
    if is_float(x) or x.dtype == ir.DataType.DOUBLE:
        return x
    return typed(emit("Cast", [x], {"to": int(ir.DataType.FLOAT)}), shape)


def tree_sum(
    op: str, x: ir.Value, attributes: Iterable[ir.Attr], targets: int, dtype: ir.DataType
) -> ir.Value:
    """A new ensemble in canonical form: [rows, targets] without base values and transforms."""
    rows = dims(x)
    assert rows, "x is [rows, features]"
    value = emit(op, [x], {attribute.name: attribute for attribute in attributes})
    return typed(value, (rows[0], targets), dtype)


def base_values(node: ir.Node) -> np.ndarray | None:
    """What is added to the sums, where that is not 0."""
    tensor = node.attributes.get("base_values_as_tensor")
    values = tensor.as_tensor().numpy() if tensor else np.array(numbers(node, "base_values"))
    return values.reshape(-1) if values.any() else None


def finished(
    total: ir.Value, trees: int | None, base: np.ndarray | None, transform: str, columns: int
) -> ir.Value:
    """The scores: divided by the number of trees where given, plus base values, transformed."""
    assert total.dtype is not None
    dtype = total.dtype.numpy()
    if trees is not None:
        total = emit("Div", [total, new_constant(np.array(trees, dtype), "trees")])
    if base is not None:
        total = emit("Add", [total, new_constant(base.astype(dtype), "base_values")])
    return post_transform(total, transform, columns)
