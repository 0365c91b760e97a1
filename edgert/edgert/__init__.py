"""edgert: run ahead-of-time compiled neural networks on small machines.

>>> import edgert
>>> session = edgert.InferenceSession("model.edgert", num_threads=2)
>>> outputs = session.run(None, {"input": x})

Importing this loads neither numpy nor the native library; their first use does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from edgert.errors import (
    BundleError,
    CompileError,
    Error,
    InputError,
    RuntimeUnavailableError,
    UnsupportedOpError,
)

if TYPE_CHECKING:
    from edgert.compiler import compile  # noqa: A004  (the public name)
    from edgert.delegated import get_available_providers
    from edgert.loaded import load
    from edgert.session import InferenceSession

    __version__: str

__all__ = [
    "BundleError",
    "CompileError",
    "Error",
    "InferenceSession",
    "InputError",
    "RuntimeUnavailableError",
    "UnsupportedOpError",
    "compile",
    "get_available_providers",
    "load",
]


# Where names are that are loaded when they are first used.
_HOME = {
    "InferenceSession": "edgert.session",
    "compile": "edgert.compiler",
    "get_available_providers": "edgert.delegated",
    "load": "edgert.loaded",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name == "__version__":
        from edgert import _core

        value = _core.version()
    else:
        raise AttributeError(f"module 'edgert' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
