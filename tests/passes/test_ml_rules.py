"""Operators of ai.onnx.ml: before and after."""

import pytest

from .cases import Case

STUMP = (
    "nodes_treeids=[0,0,0], nodes_nodeids=[0,1,2], nodes_featureids=[1,0,0],"
    'nodes_values=[0.1,0.0,0.0], nodes_modes=["BRANCH_LEQ","LEAF","LEAF"],'
    "nodes_truenodeids=[1,0,0], nodes_falsenodeids=[2,0,0]"
)
TARGETS = "target_treeids=[0,0], target_nodeids=[1,2], target_ids=[0,0], target_weights=[0.5,2.0]"
CLASSES = "class_treeids=[0,0], class_nodeids=[1,2]"

CASES = [
    Case("tree_ensemble_regressor", "(float[4,3] x) => (float[4,1] y)",
         f'y = ai.onnx.ml.TreeEnsembleRegressor<n_targets=1, aggregate_function="AVERAGE",'
         f'base_values=[0.5], post_transform="NONE", {STUMP}, {TARGETS}>(x)',
         "ai.onnx.ml.TreeEnsembleRegressor Add"),
    Case("tree_ensemble_classifier", "(float[4,3] x) => (int64[4] l, float[4,2] y)",
         f"l, y = ai.onnx.ml.TreeEnsembleClassifier<classlabels_int64s=[3,8], {STUMP}, {CLASSES},"
         "class_ids=[0,0], class_weights=[0.25,0.75]>(x)",
         "ai.onnx.ml.TreeEnsembleRegressor Sub Concat Reshape Greater Where"),
    Case("tree_ensemble_classifier", "(float[4,3] x) => (int64[4] l, float[4,3] y)",
         f"l, y = ai.onnx.ml.TreeEnsembleClassifier<classlabels_int64s=[3,8,1], {STUMP}, {CLASSES},"
         'class_ids=[0,2], class_weights=[0.25,0.75], post_transform="SOFTMAX">(x)',
         "ai.onnx.ml.TreeEnsembleRegressor ArgMax Gather Softmax"),
    Case("tree_ensemble_classifier", "(float[4,3] x) => (int64[4] l, float[4,2] y)",
         f"l, y = ai.onnx.ml.TreeEnsembleClassifier<classlabels_int64s=[3,8], {STUMP}, {CLASSES},"
         "class_ids=[0,0], class_weights=[0.25,0.75], base_values=[0.5, 1.0]>(x)",
         "ai.onnx.ml.TreeEnsembleClassifier", refusal="a transform that needs two"),
    Case("tree_ensemble", "(float[4,3] x) => (float[4,2] y)",
         "y = ai.onnx.ml.TreeEnsemble<tree_roots=[0,0], nodes_splits=float[1] {0.5},"
         "nodes_modes=uint8[1] {0}, nodes_featureids=[1], nodes_truenodeids=[0],"
         "nodes_falsenodeids=[1], nodes_trueleafs=[1], nodes_falseleafs=[1], leaf_targetids=[0,1],"
         "leaf_weights=float[2] {0.5, 2.0}, n_targets=2, aggregate_function=0>(x)",
         "ai.onnx.ml.TreeEnsemble Mul", opset=22),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ml_rule(case, caplog):
    case.check(caplog)
