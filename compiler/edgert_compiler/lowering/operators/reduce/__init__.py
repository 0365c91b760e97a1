"""Reductions, found by their presence."""
