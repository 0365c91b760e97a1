"""Observers choose a value's int8 range from its histogram. One file each, found by itself."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from edgert.compiler.quantization.observers.base import Observer
from edgert.errors import CompileError

DEFAULT = "mse"


@functools.cache
def observers() -> dict[str, Observer]:
    """Every observer of this folder by name."""
    found = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for item in vars(importlib.import_module(module.name)).values():
            if isinstance(item, type) and issubclass(item, Observer) and hasattr(item, "name"):
                found[item.name] = item()
    return found


def find_observer(name: str) -> Observer:
    """The observer of that name. Raises CompileError that lists the names where there is none."""
    try:
        return observers()[name]
    except KeyError:
        known = ", ".join(sorted(observers()))
        raise CompileError(f"There is no range observer '{name}'; use one of: {known}.") from None
