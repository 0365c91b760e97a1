"""Subcommands of `edgert`, one per file."""
