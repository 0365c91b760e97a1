"""TreeEnsembleRegressor."""

from edgert_compiler.lowering.trees import TreeEnsembleLowering


class TreeEnsembleRegressor(TreeEnsembleLowering):
    op_type = "TreeEnsembleRegressor"
