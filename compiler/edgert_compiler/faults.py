"""What is said where edgert itself, and not the model, is at fault."""

from __future__ import annotations

from edgert.errors import CompileError


def fault(problem: str) -> CompileError:
    """The error that a written file, which its runtime does not take, ends in."""
    return CompileError(
        f"{problem}. This is a fault of edgert, not of the model: please report it, with the model "
        "if you can"
    )
