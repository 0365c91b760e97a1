"""SpaceToDepth."""

from edgert_compiler.operators.rearrangement import Rearrangement


class SpaceToDepth(Rearrangement):
    op_type = "SpaceToDepth"
