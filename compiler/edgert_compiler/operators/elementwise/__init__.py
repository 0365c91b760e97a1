"""Elementwise operators, one or a family per file."""
