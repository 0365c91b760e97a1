"""TreeEnsembleRegressor."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.forest import Aggregate, Forest, Mode
from edgert_compiler.graph.nodes import integer, integers, string
from edgert_compiler.operators.ml.base import TreeEnsembleBase, floats, ints

_MODES = {f"BRANCH_{mode.name}": int(mode) for mode in Mode}
_LEAF = -1


class TreeEnsembleRegressor(TreeEnsembleBase):
    op_type = "TreeEnsembleRegressor"

    def aggregate(self, node: ir.Node) -> Aggregate:
        return Aggregate[string(node, "aggregate_function", "SUM")]

    def read(self, node: ir.Node) -> Forest:
        """One list of inner nodes and leaves, named by numbers of tree and node."""
        modes = np.array([_mode(m) for m in node.attributes["nodes_modes"].as_strings()])
        inner, at_leaf = np.flatnonzero(modes != _LEAF), modes == _LEAF
        place = np.where(at_leaf, ~(np.cumsum(at_leaf) - 1), np.cumsum(~at_leaf) - 1)
        trees = ints(node, "nodes_treeids")
        index = {key: i for i, key in enumerate(zip(trees, ints(node, "nodes_nodeids")))}
        branches = [
            [place[index[trees[i], target]] for i, target in zip(inner, ints(node, name)[inner])]
            for name in ("nodes_truenodeids", "nodes_falsenodeids")
        ]
        records = zip(ints(node, "target_treeids"), ints(node, "target_nodeids"))
        leaf = np.array([~place[index[key]] for key in records], np.int64)
        if (leaf < 0).any():
            raise ValueError("a node that is no leaf has a weight")
        missing = integers(node, "nodes_missing_value_tracks_true") or np.zeros(len(modes))
        return Forest(
            feature=ints(node, "nodes_featureids")[inner],
            threshold=floats(node, "nodes_values")[inner],
            mode=modes[inner],
            missing=np.asarray(missing, bool)[inner],
            children=np.array(branches, np.int64).reshape(2, -1).T,
            roots=place[np.sort(np.unique(trees, return_index=True)[1])],
            leaf=leaf,
            target=ints(node, "target_ids"),
            weight=floats(node, "target_weights"),
            leaves=int(at_leaf.sum()),
            targets=integer(node, "n_targets", 1),
        )


def _mode(name: str) -> int:
    if name == "LEAF":
        return _LEAF
    if name not in _MODES:
        raise ValueError(f"'{name}' is no mode of a node")
    return _MODES[name]
