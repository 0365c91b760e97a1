"""DepthToSpace."""

from edgert_compiler.operators.rearrangement import Rearrangement


class DepthToSpace(Rearrangement):
    op_type = "DepthToSpace"
