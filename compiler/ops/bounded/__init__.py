"""Operators whose outputs have sizes that depend on data, compiler/passes/bounds.py."""
