"""Operators whose outputs have sizes that depend on data, edgert_compiler/passes/bounds.py."""
