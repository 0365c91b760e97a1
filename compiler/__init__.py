"""The compiler: from ONNX models to bundles. `edgert.compile` is `edgert.compiler.compile`."""

from __future__ import annotations

from typing import Any

__all__ = ["CompileReport", "compile"]


def __getattr__(name: str) -> Any:
    # Lazily: submodules such as the program IR are used without onnx.
    if name == "compile":
        from edgert.compiler.api import compile as value
    elif name == "CompileReport":
        from edgert.compiler.report import CompileReport as value
    else:
        raise AttributeError(f"module '{__name__}' has no attribute {name!r}")
    return value
