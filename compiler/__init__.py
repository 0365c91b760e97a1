"""The compiler: from ONNX models to bundles. `edgert.compile` is `edgert.compiler.compile`."""

from __future__ import annotations

import sys
from typing import Any

from edgert.errors import PythonVersionError

if sys.version_info < (3, 10):
    raise PythonVersionError(
        f"the compiler needs Python 3.10 or later, and this is {sys.version.split()[0]}; "
        "compile with a later one, bundles run with this one, too"
    )

__all__ = ["CompileReport", "compile"]


def __getattr__(name: str) -> Any:
    # Lazily: submodules such as the program IR are used without onnx.
    if name == "compile":
        from edgert.compiler import api

        return api.compile
    if name == "CompileReport":
        from edgert.compiler import report

        return report.CompileReport
    raise AttributeError(f"module '{__name__}' has no attribute {name!r}")
