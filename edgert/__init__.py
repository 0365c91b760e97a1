"""edgert: run ahead-of-time compiled neural networks on small machines.

>>> import edgert
>>> session = edgert.InferenceSession("model.edgert", num_threads=2)
>>> outputs = session.run(None, {"input": x})

Importing this loads neither numpy nor the native library; their first use does.
"""

from __future__ import annotations

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
    from edgert.session import InferenceSession, load

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
    "load",
]


def compile(model: Any, **options: Any) -> Any:  # noqa: A001  (the name says it)
    """Compiles an ONNX model to a bundle; see `edgert.compiler.api.compile` for the options.

    Raises CompileError where the model cannot be compiled, and Error where the compiler's
    dependencies are not installed.
    """
    from edgert._extras import compiler_needed

    with compiler_needed():
        from edgert.compiler.api import compile as compile_model
    return compile_model(model, **options)


def __getattr__(name: str) -> Any:
    if name in ("InferenceSession", "load"):
        from edgert import session

        value = getattr(session, name)
    elif name == "__version__":
        from edgert import _core

        value = _core.version()
    else:
        raise AttributeError(f"module 'edgert' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
