"""What commands need of the compiler, which may not be installed."""

from __future__ import annotations

from types import ModuleType

from edgert._extras import compiler_needed


def targets() -> ModuleType:
    """The package `edgert_targets`. Raises Error where it is not installed."""
    with compiler_needed():
        import edgert_targets
    return edgert_targets
