"""Expand."""

from edgert_compiler.operators.rearrangement import Rearrangement


class Expand(Rearrangement):
    op_type = "Expand"
