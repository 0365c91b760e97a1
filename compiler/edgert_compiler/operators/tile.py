"""Tile."""

from edgert_compiler.operators.rearrangement import Rearrangement


class Tile(Rearrangement):
    op_type = "Tile"
