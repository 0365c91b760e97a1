"""PairwiseCoupling of domain edgert, see edgert_compiler/graph/fused.py."""

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.operators.base import Operator


class PairwiseCoupling(Operator):
    op_type = "PairwiseCoupling"
    domain = DOMAIN
