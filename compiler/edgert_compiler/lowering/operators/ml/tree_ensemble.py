"""TreeEnsemble."""

from edgert_compiler.lowering.trees import TreeEnsembleLowering


class TreeEnsemble(TreeEnsembleLowering):
    op_type = "TreeEnsemble"
