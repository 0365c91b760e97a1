"""LabelEncoder as a look-up."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

_LISTS = {"int64s": np.int64, "floats": np.float32}
_DEFAULTS = {"int64": np.int64(-1), "float": np.float32(-0.0)}


class LabelEncoder(Rule):
    """A table of numbers: positions of keys, then values at these positions.

        LabelEncoder{keys, values, default}(x)
            =>   found = Equal(Unsqueeze(x), keys)
                 Where(ReduceMax(found), Gather(values, ArgMax(found)), default)

    For integer keys without gaps the position is x minus the first key.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.LabelEncoder"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused for strings, and where keys and values do not match."""
        x = node.inputs[0]
        if x is None or x.dtype is None:
            return None
        keys, values = _table(node, "keys"), _table(node, "values")
        if keys is None or values is None:
            return Refusal("it maps strings; edgert has none: give the model numbers instead")
        if keys.size != values.size or not keys.size:
            return Refusal("its keys and values are no two lists of the same length")
        table = new_constant(values, "values")
        default = new_constant(_default(node, values), "default")
        lookup = _by_position if _is_range(keys) else _by_comparison
        known, position = lookup(x, keys)
        return Rewrite((emit("Where", [known, emit("Gather", [table, position]), default]),))


def _by_position(x: ir.Value, keys: np.ndarray) -> tuple[ir.Value, ir.Value]:
    """(whether x is a key, its position or any) for the keys a, a + 1, ..., b."""
    index = emit("Cast", [x], {"to": int(ir.DataType.INT64)})
    low, high = (new_constant(np.array(k, np.int64), "key") for k in (keys[0], keys[-1]))
    inside = emit("And", [emit("GreaterOrEqual", [index, low]), emit("LessOrEqual", [index, high])])
    return inside, emit("Sub", [emit("Where", [inside, index, low]), low])


def _by_comparison(x: ir.Value, keys: np.ndarray) -> tuple[ir.Value, ir.Value]:
    axis = new_constant(np.array([-1], np.int64), "axis")
    spread = emit("Unsqueeze", [x, axis])
    found = emit("Equal", [spread, new_constant(keys, "keys")])
    if np.issubdtype(keys.dtype, np.floating) and np.isnan(keys).any():
        is_nan = new_constant(np.isnan(keys), "is_nan")
        found = emit("Or", [found, emit("And", [emit("IsNaN", [spread]), is_nan])])
    hot = emit("Cast", [found], {"to": int(ir.DataType.FLOAT)})
    best = emit("ReduceMax", [hot, axis], {"keepdims": 0})
    known = emit("Cast", [best], {"to": int(ir.DataType.BOOL)})
    return known, emit("ArgMax", [hot], {"axis": -1, "keepdims": 0})


def _is_range(keys: np.ndarray) -> bool:
    return bool(np.issubdtype(keys.dtype, np.integer) and (np.diff(keys) == 1).all())


def _table(node: ir.Node, name: str) -> np.ndarray | None:
    """[n] of the attribute name_tensor, name_int64s or name_floats."""
    tensor = node.attributes.get(f"{name}_tensor")
    if tensor is not None:
        found = tensor.as_tensor()
        return None if found.dtype == ir.DataType.STRING else found.numpy().reshape(-1)
    for suffix, dtype in _LISTS.items():
        attribute = node.attributes.get(f"{name}_{suffix}")
        if attribute is not None:
            return np.array(attribute.value, dtype)
    return None


def _default(node: ir.Node, values: np.ndarray) -> np.ndarray[Any, Any]:
    tensor = node.attributes.get("default_tensor")
    if tensor is not None:
        return tensor.as_tensor().numpy().reshape(()).astype(values.dtype)
    kind = "int64" if np.issubdtype(values.dtype, np.integer) else "float"
    attribute = node.attributes.get(f"default_{kind}")
    given = _DEFAULTS[kind] if attribute is None else attribute.value
    return np.array(given, values.dtype)
