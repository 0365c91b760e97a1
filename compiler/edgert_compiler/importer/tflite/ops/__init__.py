"""Converters of operators: a family per module, each with its table CONVERTERS."""
