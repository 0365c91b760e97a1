"""The compiler, which the package edgert-compiler brings: `edgert.compile` is its `compile`.

What it offers is in `edgert_compiler`; here are its public names, so that one import suffices.
Importing this loads none of it. Raises Error on first use where the package is not installed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from edgert._extras import compiler_needed

if TYPE_CHECKING:
    from edgert_compiler.api import compile  # noqa: A004  (the public name)
    from edgert_compiler.report import CompileReport

__all__ = ["CompileReport", "compile"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute {name!r}")
    with compiler_needed():
        return getattr(importlib.import_module("edgert_compiler"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
