"""Rewrite rules, one per file; presence is registration."""
