"""Elementwise operators, one per file."""
