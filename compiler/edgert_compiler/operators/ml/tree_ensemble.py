"""TreeEnsemble."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.forest import Aggregate, Forest, Mode
from edgert_compiler.graph.nodes import integer, integers
from edgert_compiler.operators.ml.base import TreeEnsembleBase, ints, tensor

_AGGREGATES = {1: Aggregate.SUM, 2: Aggregate.MIN, 3: Aggregate.MAX}
_MEMBER = 6


class TreeEnsemble(TreeEnsembleBase):
    op_type = "TreeEnsemble"

    def aggregate(self, node: ir.Node) -> Aggregate:
        return _AGGREGATES[integer(node, "aggregate_function", 1)]

    def read(self, node: ir.Node) -> Forest:
        """Inner nodes and leaves in lists of their own."""
        branches = [
            np.where(ints(node, f"nodes_{side}leafs") != 0, ~target, target)
            for side in ("true", "false")
            for target in (ints(node, f"nodes_{side}nodeids"),)
        ]
        target = ints(node, "leaf_targetids")
        count = len(branches[0])
        missing = integers(node, "nodes_missing_value_tracks_true") or np.zeros(count)
        forest = Forest(
            feature=ints(node, "nodes_featureids"),
            threshold=tensor(node, "nodes_splits"),
            mode=tensor(node, "nodes_modes").astype(np.int64),
            missing=np.asarray(missing, bool),
            children=np.stack(branches, axis=1),
            roots=ints(node, "tree_roots"),
            leaf=np.arange(len(target)),
            target=target,
            weight=tensor(node, "leaf_weights"),
            leaves=len(target),
            targets=integer(node, "n_targets", 1),
        )
        return _without_sets(forest, node)


def _without_sets(forest: Forest, node: ir.Node) -> Forest:
    """A node that tests membership of a set becomes a chain of nodes that test for equality."""
    chained = np.flatnonzero(forest.mode == _MEMBER)
    if not len(chained):
        return forest
    sets = _split_at_nan(tensor(node, "membership_values"))
    columns = {name: getattr(forest, name).tolist() for name in _NODE_FIELDS}
    for index, members in zip(chained.tolist(), sets):
        here = index
        holds, fails = columns["children"][index]
        for position, member in enumerate(members):
            last = position == len(members) - 1
            columns["mode"][here] = int(Mode.EQ)
            columns["threshold"][here] = member
            columns["children"][here] = [holds, fails if last else len(columns["mode"])]
            if not last:
                here = len(columns["mode"])
                for values in columns.values():
                    values.append(values[index])
    if len(sets) != len(chained) or not all(sets):
        raise ValueError("its sets of members do not match its nodes")
    arrays = {name: np.array(values) for name, values in columns.items()}
    arrays["threshold"] = arrays["threshold"].astype(forest.threshold.dtype)
    return Forest(**{**vars(forest), **arrays})


_NODE_FIELDS = ("feature", "threshold", "mode", "missing", "children")


def _split_at_nan(values: np.ndarray) -> list[list[float]]:
    sets: list[list[float]] = [[]]
    for value in values.reshape(-1).tolist():
        if np.isnan(value):
            sets.append([])
        else:
            sets[-1].append(value)
    return sets if sets[-1] else sets[:-1]
