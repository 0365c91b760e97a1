"""Finds the operators: every `OpLowering` subclass in a module under compiler/ops."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

from edgert.compiler.ops.base import OpLowering


@functools.cache
def all_ops() -> Mapping[tuple[str, str], OpLowering]:
    """Every operator by (domain, op_type), sorted."""
    package = importlib.import_module("edgert.compiler.ops")
    found: dict[tuple[str, str], OpLowering] = {}
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        for op in _ops_of(importlib.import_module(module.name)):
            key = (op.domain, op.op_type)
            if key in found:
                raise RuntimeError(f"{type(op)} and {type(found[key])} both lower {key}")
            found[key] = op
    return dict(sorted(found.items()))


def find(op_type: str, domain: str = "") -> OpLowering | None:
    """What lowers this operator, or None where nothing does."""
    return all_ops().get((domain, op_type))


def _ops_of(module: ModuleType) -> Iterator[OpLowering]:
    """Instances of the operator classes defined in (not imported into) `module`."""
    for cls in vars(module).values():
        if (
            isinstance(cls, type)
            and issubclass(cls, OpLowering)
            and cls.__module__ == module.__name__
            and not inspect.isabstract(cls)
            and hasattr(cls, "op_type")
        ):
            yield cls()
