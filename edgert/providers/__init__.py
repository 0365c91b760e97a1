"""Runtimes that compute partitions of a bundle: one module each, found by its file.

A module has NAME, `available()` and `open(payload, options)`, see `edgert.delegated.Provider`.
Importing one loads nothing beyond the standard library.
"""
