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
    Case("linear_model", "(float[4,3] x) => (int64[4] l, float[4,2] y)",
         "l, y = ai.onnx.ml.LinearClassifier<coefficients=[0.5,-1.0,2.0], intercepts=[0.25],"
         'classlabels_ints=[3,8], post_transform="LOGISTIC">(x)',
         "ai.onnx.ml.LinearRegressor Mul Concat Sigmoid Reshape Greater Where"),
    Case("linear_model", "(float[4,3] x) => (float[4,2] y)",
         "y = ai.onnx.ml.LinearRegressor<coefficients=[0.5,-1.0,2.0,0.0,1.0,1.0], targets=2,"
         'post_transform="SOFTMAX">(x)',
         "ai.onnx.ml.LinearRegressor Softmax"),
    Case("support_vectors", "(float[4,2] x) => (float[4,1] y)",
         "y = ai.onnx.ml.SVMRegressor<coefficients=[0.5,-1.0,0.75], rho=[0.25], n_supports=3,"
         'support_vectors=[1.0,0.0,0.5,0.5,-2.0,1.0], kernel_type="POLY",'
         "kernel_params=[0.5,1.0,2.0]>(x)",
         "ai.onnx.ml.LinearRegressor ai.onnx.ml.LinearRegressor Pow"),
    Case("support_vectors", "(float[4,2] x) => (int64[4] l, float[4,3] y)",
         "l, y = ai.onnx.ml.SVMClassifier<coefficients=[0.5,-1.0,0.75,0.25,-0.5,1.0],"
         "rho=[0.25,0.5,-0.125], vectors_per_class=[1,1,1], classlabels_ints=[0,1,2],"
         'support_vectors=[1.0,0.0,0.5,0.5,-2.0,1.0], kernel_type="LINEAR",'
         "kernel_params=[0.0,0.0,0.0]>(x)",
         "ai.onnx.ml.LinearRegressor Greater Cast"
         " ai.onnx.ml.LinearRegressor ArgMax"),
    Case("normalizer", "(float[4,3] x) => (float[4,3] y)",
         'y = ai.onnx.ml.Normalizer<norm="L1">(x)', "ReduceL1 Equal Where Div"),
    Case("imputer", "(float[4,3] x) => (float[4,3] y)",
         "y = ai.onnx.ml.Imputer<imputed_value_floats=[1.0,2.0,3.0], replaced_value_float=0.5>(x)",
         "Equal Where"),
    Case("one_hot_encoder", "(int64[4] x) => (float[4,3] y)",
         "y = ai.onnx.ml.OneHotEncoder<cats_int64s=[1,0,5]>(x)", "Reshape Equal Cast"),
    Case("binarizer", "(float[4,3] x) => (float[4,3] y)",
         "y = ai.onnx.ml.Binarizer<threshold=0.25>(x)", "Greater Cast"),
    Case("feature_vectorizer", "(int64[4,3] a, int64[4,1] b) => (float[4,4] y)",
         "y = ai.onnx.ml.FeatureVectorizer<inputdimensions=[3,1]>(a, b)", "Cast Cast Concat"),
    Case("label_encoder", "(int64[4] x) => (float[4] y)",
         "y = ai.onnx.ml.LabelEncoder<keys_int64s=[1,2], values_floats=[0.5,0.75],"
         "default_float=9.0>(x)",
         "GreaterOrEqual LessOrEqual And Where Sub Gather Where"),
    Case("label_encoder", "(int64[4] x) => (int64[4] y)",
         "y = ai.onnx.ml.LabelEncoder<keys_int64s=[1,7], values_int64s=[5,6]>(x)",
         "Reshape Equal Cast ReduceMax Cast ArgMax Gather Where"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ml_rule(case, caplog):
    case.check(caplog)
