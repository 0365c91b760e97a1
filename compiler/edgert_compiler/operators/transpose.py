"""Transpose."""

from edgert_compiler.operators.rearrangement import Rearrangement


class Transpose(Rearrangement):
    op_type = "Transpose"
