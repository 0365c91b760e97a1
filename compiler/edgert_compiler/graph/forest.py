"""Decision trees, as arrays."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

MAX_FEATURES = 1 << 30


class Mode(enum.IntEnum):
    """How a node compares a feature with its threshold; numbers as in ONNX TreeEnsemble."""

    LEQ = 0
    LT = 1
    GTE = 2
    GT = 3
    EQ = 4
    NEQ = 5


class Aggregate(enum.IntEnum):
    """What becomes of the values of several trees; numbers as the kernel has them."""

    SUM = 0
    MIN = 1
    MAX = 2


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees over common arrays; nodes may be shared.

    Attributes:
        feature, threshold, mode, missing: [nodes]; `missing` tells whether NaN passes the test.
        children: [nodes, 2], where the test holds and where it does not. A reference is the index
            of a node, or ~i for leaf i.
        roots: [trees], references.
        leaf, target, weight: [records]; a leaf adds `weight` to `target` by each of its records.
        leaves, targets: how many there are.
    """

    feature: np.ndarray
    threshold: np.ndarray
    mode: np.ndarray
    missing: np.ndarray
    children: np.ndarray
    roots: np.ndarray
    leaf: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    leaves: int
    targets: int


def parents_first(forest: Forest) -> np.ndarray:
    """The nodes that trees reach, parents before their children, the first branch close by.

    Raises ValueError where nodes lead back to themselves.
    """
    children = forest.children.tolist()
    parents = [0] * len(children)
    for root in reached_nodes(forest.roots.tolist(), children):
        for child in children[root]:
            if child >= 0:
                parents[child] += 1
    reached = sum(1 for count in parents if count)
    roots = list(dict.fromkeys(r for r in forest.roots.tolist() if r >= 0))
    pending = [root for root in reversed(roots) if parents[root] == 0]
    reached += len(pending)
    order: list[int] = []
    while pending:
        node = pending.pop()
        order.append(node)
        for child in reversed(children[node]):
            if child >= 0:
                parents[child] -= 1
                if parents[child] == 0:
                    pending.append(child)
    if len(order) != reached or (roots and not order):
        raise ValueError("nodes of its trees lead back to themselves")
    return np.array(order, np.int64)


def reached_nodes(roots: list[int], children: list[list[int]]) -> list[int]:
    """The nodes below the roots, each once."""
    pending = [root for root in roots if root >= 0]
    seen = set(pending)
    found = []
    while pending:
        node = pending.pop()
        found.append(node)
        for child in children[node]:
            if child >= 0 and child not in seen:
                seen.add(child)
                pending.append(child)
    return list(dict.fromkeys(found))
