"""Identity."""

from edgert_compiler.operators.rearrangement import Rearrangement


class Identity(Rearrangement):
    op_type = "Identity"
