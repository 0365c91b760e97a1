"""Decision trees as the kernel `tree_ensemble` reads them, see docs/kernels.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgert_compiler.graph.forest import Aggregate, Forest, Mode, parents_first, reached_nodes

_LEAF = np.uint32(0x80000000)
_MISSING = np.uint32(0x80000000)
_EQUAL = np.uint32(0x40000000)


@dataclass(frozen=True, eq=False)
class PackedForest:
    """Operands of the kernel: nodes s32[n, 4] or s64[n, 3], trees s32[t, 2], leaves [r, width]."""

    nodes: np.ndarray
    trees: np.ndarray
    leaves: np.ndarray


def pack_forest(forest: Forest, aggregate: Aggregate, dtype: np.dtype[Any]) -> PackedForest:
    """Packs for features, thresholds and weights of `dtype`: float32 or float64.

    Raises ValueError where nodes lead back to themselves.
    """
    forest = _two_modes(replace(forest, threshold=forest.threshold.astype(dtype)))
    order = parents_first(forest)
    rows, leaves, targets = _leaf_rows(forest, aggregate, dtype)
    place = np.zeros(len(forest.feature), np.int64)
    place[order] = np.arange(len(order))

    def packed(references: np.ndarray) -> np.ndarray:
        at_leaf = references < 0
        node = place[np.where(at_leaf, 0, references)] if len(place) else np.zeros_like(references)
        row = rows[np.where(at_leaf, ~references, 0)]
        return np.where(at_leaf, row.astype(np.uint32) | _LEAF, node.astype(np.uint32))

    trees = np.stack([packed(forest.roots).view(np.int32), targets.astype(np.int32)], axis=1)
    return PackedForest(_nodes(forest, order, packed, dtype), trees, leaves)


def _two_modes(forest: Forest) -> Forest:
    """The same trees with the modes LEQ and EQ only.

    x < t is x <= the float before t; the others are opposites of those two with their branches
    exchanged. Against every threshold NaN compares false, so it then takes the other way.
    """
    mode, threshold = forest.mode, forest.threshold
    strict = (mode == Mode.LT) | (mode == Mode.GTE)
    before = np.nextafter(threshold, threshold.dtype.type(-np.inf))
    before = np.where(threshold == -np.inf, np.nan, before)  # nothing is less
    opposite = np.isin(mode, (Mode.GTE, Mode.GT, Mode.NEQ))
    nan_holds = forest.missing | (mode == Mode.NEQ)
    return replace(
        forest,
        threshold=np.where(strict, before, threshold).astype(threshold.dtype),
        mode=np.where(np.isin(mode, (Mode.EQ, Mode.NEQ)), Mode.EQ, Mode.LEQ),
        missing=nan_holds ^ opposite,
        children=np.where(opposite[:, None], forest.children[:, ::-1], forest.children),
    )


def _leaf_rows(
    forest: Forest, aggregate: Aggregate, dtype: np.dtype[Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(row of each leaf, distinct rows, first target of each tree).

    A row has one column where every tree has leaves for one target only, else all targets.
    """
    of_tree = None if forest.targets == 1 else _single_targets(forest)
    single = forest.targets == 1 or of_tree is not None
    width = 1 if single else forest.targets
    neutral = {Aggregate.SUM: 0.0, Aggregate.MIN: np.inf, Aggregate.MAX: -np.inf}[aggregate]
    combine = {Aggregate.SUM: np.add, Aggregate.MIN: np.minimum, Aggregate.MAX: np.maximum}
    values = np.full((max(1, forest.leaves), width), neutral, dtype)
    column = np.zeros_like(forest.target) if single else forest.target
    combine[aggregate].at(values, (forest.leaf, column), forest.weight.astype(dtype))
    leaves, rows = np.unique(values, axis=0, return_inverse=True)
    targets = np.zeros(len(forest.roots), np.int64) if of_tree is None else of_tree
    return rows.reshape(-1), leaves, targets


def _single_targets(forest: Forest) -> np.ndarray | None:
    """The target of each tree, or None where the leaves of one name several."""
    lowest = np.full(max(1, forest.leaves), forest.targets)
    highest = np.full(max(1, forest.leaves), -1)
    np.minimum.at(lowest, forest.leaf, forest.target)
    np.maximum.at(highest, forest.leaf, forest.target)
    children = forest.children.tolist()
    found = []
    for root in forest.roots.tolist():
        below = [~c for node in reached_nodes([root], children) for c in children[node] if c < 0]
        leaves = [~root] if root < 0 else below
        low, high = lowest[leaves].min(), highest[leaves].max()
        if high > low:
            return None
        found.append(min(low, forest.targets - 1))
    return np.array(found, np.int64)


def _nodes(
    forest: Forest,
    order: np.ndarray,
    packed: Callable[[np.ndarray], np.ndarray],
    dtype: np.dtype[Any],
) -> np.ndarray:
    """The kernel's nodes; where every tree is a leaf, one that nothing refers to."""
    count = max(1, len(order))
    fields = [("threshold", dtype), ("test", np.uint32), ("children", np.uint32, (2,))]
    if dtype == np.float64:
        fields.append(("reserved", np.uint32))
    nodes = np.zeros(count, fields)
    nodes["children"] = _LEAF
    if len(order):
        test = forest.feature[order].astype(np.uint32)
        test |= np.where(forest.mode[order] == Mode.EQ, _EQUAL, np.uint32(0))
        test |= np.where(forest.missing[order], _MISSING, np.uint32(0))
        nodes["threshold"] = forest.threshold[order]
        nodes["test"] = test
        nodes["children"] = packed(forest.children[order])
    words = np.int64 if dtype == np.float64 else np.int32
    return nodes.view(words).reshape(count, -1)
