"""Random tree ensembles as attributes of ai.onnx.ml nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ")


def regressor_attributes(
    rng: np.random.Generator,
    trees: int,
    features: int,
    targets: int,
    per_leaf: int,
    modes=MODES,
    prefix: str = "target",
    lowest: float = -1.0,
) -> dict[str, Any]:
    """Trees as TreeEnsembleRegressor of opset 3 has them; thresholds are small integers."""
    nodes: dict[str, list] = {
        f"nodes_{name}": []
        for name in (
            *("treeids", "nodeids", "featureids", "values", "modes"),
            *("truenodeids", "falsenodeids", "missing_value_tracks_true"),
        )
    }
    leaves: dict[str, list] = {
        f"{prefix}_{name}": [] for name in ("treeids", "nodeids", "ids", "weights")
    }
    for tree in range(trees):
        grow(rng, tree, features, targets, per_leaf, modes, nodes, leaves, prefix, lowest)
    return {**nodes, **leaves}


def grow(rng, tree, features, targets, per_leaf, modes, nodes, leaves, prefix, lowest):
    pending, count, only = [(0, 0)], 1, int(rng.integers(targets))
    while pending:
        node, depth = pending.pop()
        leaf = depth > 5 or rng.random() < 0.15 * depth
        row = {
            "treeids": tree,
            "nodeids": node,
            "featureids": 0 if leaf else int(rng.integers(features)),
            "values": 0.0 if leaf else float(rng.integers(-2, 3)),
            "modes": "LEAF" if leaf else str(rng.choice(modes)),
            "truenodeids": 0 if leaf else count,
            "falsenodeids": 0 if leaf else count + 1,
            "missing_value_tracks_true": 0 if leaf else int(rng.integers(2)),
        }
        for name, value in row.items():
            nodes[f"nodes_{name}"].append(value)
        if not leaf:
            pending += [(count, depth + 1), (count + 1, depth + 1)]
            count += 2
            continue
        chosen = [only] if per_leaf == 1 else rng.permutation(targets)[:per_leaf]
        for target in chosen:
            record = (tree, node, int(target), float(np.float32(rng.uniform(lowest, 1.0))))
            for name, value in zip(("treeids", "nodeids", "ids", "weights"), record):
                leaves[f"{prefix}_{name}"].append(value)


def features(rng: np.random.Generator, rows: int, count: int, dtype=np.float32) -> np.ndarray:
    """Values that often meet a threshold, some of them NaN."""
    x = rng.integers(-3, 4, (rows, count)) + rng.choice([0, 0, 0.5], (rows, count))
    x[rng.random((rows, count)) < 0.1] = np.nan
    return x.astype(dtype)
