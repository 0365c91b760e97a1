"""The compiler: from ONNX models to bundles. `edgert.compile` is its `compile`."""

from __future__ import annotations

from typing import Any

__all__ = ["CompileReport", "compile"]


def __getattr__(name: str) -> Any:
    # Lazily: submodules such as the program IR are used without onnx.
    if name == "compile":
        from edgert_compiler import api

        return api.compile
    if name == "CompileReport":
        from edgert_compiler import report

        return report.CompileReport
    raise AttributeError(f"module '{__name__}' has no attribute {name!r}")
