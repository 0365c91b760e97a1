"""The trees of ai.onnx.ml nodes."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers, numbers
from edgert_compiler.packing.trees import MAX_FEATURES, Forest, Mode

_MODES = {f"BRANCH_{mode.name}": int(mode) for mode in Mode}
_LEAF, _MEMBER = -1, 6


def forest_of(node: ir.Node, features: int) -> Forest:
    """The trees of a TreeEnsembleRegressor or a TreeEnsemble over so many features.

    Raises ValueError, with a clause that says what is wrong with the node's attributes.
    """
    read = _ensemble if node.op_type == "TreeEnsemble" else _regressor
    try:
        forest = read(node)
    except (KeyError, IndexError) as error:
        raise ValueError(f"its attributes do not describe trees ({error!r})") from error
    _check(forest, min(features, MAX_FEATURES))
    return forest


def _check(forest: Forest, features: int) -> None:
    nodes = len(forest.feature)
    if nodes and (forest.feature.min() < 0 or forest.feature.max() >= features):
        raise ValueError(f"a node tests a feature that x, with {features}, does not have")
    references = np.concatenate([forest.children.reshape(-1), forest.roots])
    if not len(forest.roots):
        raise ValueError("it has no trees")
    if references.max() >= nodes or (~references).max() >= forest.leaves:
        raise ValueError("a branch leads to no node")
    if not len(forest.leaf) == len(forest.target) == len(forest.weight):
        raise ValueError("the lists that describe its leaves differ in length")
    known = (forest.target >= 0) & (forest.target < forest.targets)
    if not known.all():
        raise ValueError(f"a leaf has a target beyond the {forest.targets} there are")


def _regressor(node: ir.Node) -> Forest:
    """One list of inner nodes and leaves, named by numbers of tree and node."""
    modes = np.array([_mode(m) for m in node.attributes["nodes_modes"].as_strings()])
    inner, at_leaf = np.flatnonzero(modes != _LEAF), modes == _LEAF
    place = np.where(at_leaf, ~(np.cumsum(at_leaf) - 1), np.cumsum(~at_leaf) - 1)
    trees = _ints(node, "nodes_treeids")
    index = {key: i for i, key in enumerate(zip(trees, _ints(node, "nodes_nodeids")))}
    branches = [
        [place[index[trees[i], target]] for i, target in zip(inner, _ints(node, name)[inner])]
        for name in ("nodes_truenodeids", "nodes_falsenodeids")
    ]
    records = zip(_ints(node, "target_treeids"), _ints(node, "target_nodeids"))
    leaf = np.array([~place[index[key]] for key in records], np.int64)
    if (leaf < 0).any():
        raise ValueError("a node that is no leaf has a weight")
    missing = integers(node, "nodes_missing_value_tracks_true") or np.zeros(len(modes))
    return Forest(
        feature=_ints(node, "nodes_featureids")[inner],
        threshold=_floats(node, "nodes_values")[inner],
        mode=modes[inner],
        missing=np.asarray(missing, bool)[inner],
        children=np.array(branches, np.int64).reshape(2, -1).T,
        roots=place[np.sort(np.unique(trees, return_index=True)[1])],
        leaf=leaf,
        target=_ints(node, "target_ids"),
        weight=_floats(node, "target_weights"),
        leaves=int(at_leaf.sum()),
        targets=integer(node, "n_targets", 1),
    )


def _ensemble(node: ir.Node) -> Forest:
    """Inner nodes and leaves in lists of their own."""
    branches = [
        np.where(_ints(node, f"nodes_{side}leafs") != 0, ~target, target)
        for side in ("true", "false")
        for target in (_ints(node, f"nodes_{side}nodeids"),)
    ]
    target = _ints(node, "leaf_targetids")
    count = len(branches[0])
    missing = integers(node, "nodes_missing_value_tracks_true") or np.zeros(count)
    forest = Forest(
        feature=_ints(node, "nodes_featureids"),
        threshold=_tensor(node, "nodes_splits"),
        mode=_tensor(node, "nodes_modes").astype(np.int64),
        missing=np.asarray(missing, bool),
        children=np.stack(branches, axis=1),
        roots=_ints(node, "tree_roots"),
        leaf=np.arange(len(target)),
        target=target,
        weight=_tensor(node, "leaf_weights"),
        leaves=len(target),
        targets=integer(node, "n_targets", 1),
    )
    return _without_sets(forest, node)


def _without_sets(forest: Forest, node: ir.Node) -> Forest:
    """A node that tests membership of a set becomes a chain of nodes that test for equality."""
    chained = np.flatnonzero(forest.mode == _MEMBER)
    if not len(chained):
        return forest
    sets = _split_at_nan(_tensor(node, "membership_values"))
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


def _mode(name: str) -> int:
    if name == "LEAF":
        return _LEAF
    if name not in _MODES:
        raise ValueError(f"'{name}' is no mode of a node")
    return _MODES[name]


def _ints(node: ir.Node, name: str) -> np.ndarray:
    return np.array(integers(node, name), np.int64)


def _floats(node: ir.Node, name: str) -> np.ndarray:
    """A list of floats, or the tensor of doubles that may take its place."""
    if f"{name}_as_tensor" in node.attributes:
        return _tensor(node, f"{name}_as_tensor")
    return np.array(numbers(node, name), np.float32)


def _tensor(node: ir.Node, name: str) -> np.ndarray:
    return node.attributes[name].as_tensor().numpy().reshape(-1)
