"""Observers choose a value's int8 range from its histogram. One file each, found by itself."""

from __future__ import annotations

import functools

from edgert._text import did_you_mean
from edgert.errors import CompileError
from edgert_compiler.discovery import instances
from edgert_compiler.quantization.observers.base import Observer

DEFAULT = "mse"


@functools.cache
def observers() -> dict[str, Observer]:
    """Every observer of this folder by name."""
    return {observer.name: observer for observer in instances(__name__, Observer)}


def find_observer(name: str) -> Observer:
    """The observer of that name. Raises CompileError that lists the names where there is none."""
    try:
        return observers()[name]
    except KeyError:
        known = ", ".join(sorted(observers()))
        raise CompileError(
            f"there is no range observer '{name}'; use one of: {known}"
            f"{did_you_mean(name, observers())}"
        ) from None
