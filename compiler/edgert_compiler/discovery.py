"""Finding what is registered by the presence of its file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import ClassVar, Protocol, TypeVar

T = TypeVar("T")


class ForOperator(Protocol):
    """What is registered for an operator of ONNX."""

    op_type: ClassVar[str]
    domain: ClassVar[str]


OpT = TypeVar("OpT", bound=ForOperator)


def modules(package: str) -> Iterator[ModuleType]:
    """Every module below a package, imported, by name."""
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(info.name)


def shallow_modules(package: str) -> Iterator[ModuleType]:
    """The modules of a package's subpackages, imported, by name, without what lies deeper."""
    root = importlib.import_module(package)
    for family in pkgutil.iter_modules(root.__path__, f"{package}."):
        if family.ispkg:
            folder = importlib.import_module(family.name)
            for info in pkgutil.iter_modules(folder.__path__, f"{family.name}."):
                if not info.ispkg:
                    yield importlib.import_module(info.name)


def instances(package: str, base: type[T]) -> Iterator[T]:
    """One of each concrete subclass of `base` that a module below the package defines itself."""
    # The module first: Python 3.10 takes tuple[int] for a type, which issubclass refuses.
    for module in modules(package):
        for item in vars(module).values():
            if (
                isinstance(item, type)
                and item.__module__ == module.__name__
                and issubclass(item, base)
                and not inspect.isabstract(item)
            ):
                yield item()


def by_operator(package: str, base: type[OpT]) -> Mapping[tuple[str, str], OpT]:
    """The `instances` by (domain, op_type), sorted; what has no `op_type` is a base of others.

    Raises RuntimeError for two of one operator.
    """
    found: dict[tuple[str, str], OpT] = {}
    for op in instances(package, base):
        if not hasattr(op, "op_type"):
            continue
        key = (op.domain, op.op_type)
        if key in found:
            raise RuntimeError(f"{type(op)} and {type(found[key])} are both for {key}")
        found[key] = op
    return dict(sorted(found.items()))
