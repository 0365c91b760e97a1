"""Reductions, one per file."""
