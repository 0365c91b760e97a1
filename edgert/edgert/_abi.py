"""core/include/edgert.h in ctypes: structs, function signatures, status codes. Private.

Loads the native library when it is first needed.
"""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import (
    Structure,
    c_char,
    c_char_p,
    c_float,
    c_int32,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

from edgert.errors import BundleError, Error, InputError, RuntimeUnavailableError

MAX_RANK = 8
SKIP_CHECKSUM = 1
ALL_PROGRAMS = -1

# By the numbers of edgert_dtype: the name in numpy, or in ml_dtypes.
DTYPE_NAMES = (
    "float32",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float64",
    "bool",
    "bfloat16",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
    "float4_e2m1fn",
    "int4",
    "uint4",
    "int2",
    "uint2",
)
# From here on numpy knows the types only where ml_dtypes is imported.
FIRST_EXTENDED_DTYPE = DTYPE_NAMES.index("bfloat16")


class ErrorMessage(Structure):
    """`edgert_error`."""

    _fields_ = [("message", c_char * 512)]


class Port(Structure):
    """`edgert_port`."""

    _fields_ = [
        ("name", c_char_p),
        ("dtype", c_int32),
        ("rank", c_int32),
        ("shape", c_int32 * MAX_RANK),
        ("size", c_size_t),
        ("scale", c_float),
        ("zero_point", c_int32),
    ]


class Segment(Structure):
    """`edgert_segment`."""

    _fields_ = [("provider", c_char_p), ("payload", c_void_p), ("payload_size", c_size_t)]


_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "edgert_version": (c_char_p, ()),
    "edgert_isa": (c_char_p, ()),
    "edgert_default_threads": (c_int32, ()),
    "edgert_checksum": (c_uint64, (c_void_p, c_size_t)),
    "edgert_model_open": (c_int32, (c_char_p, c_uint32, c_void_p, c_void_p)),
    "edgert_model_from_memory": (c_int32, (c_void_p, c_size_t, c_uint32, c_void_p, c_void_p)),
    "edgert_model_close": (None, (c_void_p,)),
    "edgert_model_programs": (c_int32, (c_void_p,)),
    "edgert_model_metadata": (c_char_p, (c_void_p, c_char_p)),
    "edgert_model_labels": (c_int32, (c_void_p,)),
    "edgert_model_label": (c_char_p, (c_void_p, c_int32)),
    "edgert_model_segments": (c_int32, (c_void_p,)),
    "edgert_model_segment": (c_int32, (c_void_p, c_int32, c_void_p)),
    "edgert_session_create": (c_int32, (c_void_p, c_int32, c_int32, c_void_p, c_void_p)),
    "edgert_session_destroy": (None, (c_void_p,)),
    "edgert_session_programs": (c_int32, (c_void_p,)),
    "edgert_session_select": (c_int32, (c_void_p, c_int32)),
    "edgert_session_inputs": (c_int32, (c_void_p,)),
    "edgert_session_outputs": (c_int32, (c_void_p,)),
    "edgert_session_input": (c_int32, (c_void_p, c_int32, c_void_p)),
    "edgert_session_output": (c_int32, (c_void_p, c_int32, c_void_p)),
    "edgert_session_output_sizes": (c_int32, (c_void_p, c_int32, c_void_p)),
    "edgert_session_threads": (c_int32, (c_void_p,)),
    "edgert_session_memory": (c_size_t, (c_void_p,)),
    "edgert_session_run": (c_int32, (c_void_p, c_void_p, c_void_p, c_void_p)),
    "edgert_session_states": (c_int32, (c_void_p,)),
    "edgert_session_state": (c_int32, (c_void_p, c_int32, c_void_p, c_void_p)),
    "edgert_session_reset_state": (None, (c_void_p,)),
    "edgert_session_calls": (c_int32, (c_void_p,)),
    "edgert_session_call_name": (c_char_p, (c_void_p, c_int32)),
    "edgert_session_call_kernel": (c_char_p, (c_void_p, c_int32)),
    "edgert_session_profile": (None, (c_void_p, c_void_p)),
    "edgert_session_tensors": (c_int32, (c_void_p,)),
    "edgert_session_tensor": (c_int32, (c_void_p, c_int32, c_void_p)),
    "edgert_kernels": (c_int32, ()),
    "edgert_kernel": (c_int32, (c_int32, c_void_p)),
    "edgert_elementwise_operator": (c_char_p, (c_int32,)),
}


class _Library(ctypes.CDLL):
    """Gives each function its signature when it is first used."""

    def __getitem__(self, name: Any) -> Any:
        try:
            function = super().__getitem__(name)
        except AttributeError as error:
            raise _unfit(self._name, error) from error
        if name in _FUNCTIONS:
            function.restype, function.argtypes = _FUNCTIONS[name]
        return function


def _unfit(path: str, error: Exception) -> RuntimeUnavailableError:
    return RuntimeUnavailableError(
        f"the native library {path} does not fit this machine or this version: {error}"
    )


_library: ctypes.CDLL | None = None


def library() -> ctypes.CDLL:
    """The native library. Raises RuntimeUnavailableError where it is missing or does not load."""
    global _library
    if _library is None:
        path = library_path()
        try:
            _library = _Library(path)
        except OSError as error:
            raise _unfit(path, error) from error
    return _library


def library_path() -> str:
    """Where the native library is. Raises RuntimeUnavailableError where there is none."""
    import edgert

    name = "libedgert.dylib" if sys.platform == "darwin" else "libedgert.so"
    candidates = [os.path.join(folder, "_native", name) for folder in edgert.__path__]
    candidates.insert(0, os.environ.get("EDGERT_LIBRARY", ""))
    for path in candidates:
        if path and os.path.exists(path):
            return path
    raise RuntimeUnavailableError(
        f"the native library {name} is missing (looked in {', '.join(filter(None, candidates))}); "
        "install edgert from a wheel, or build it: "
        "cmake -S edgert/core -B build && cmake --build build"
    )


def check(status: int, message: ErrorMessage, system_error: type[Error] = Error) -> None:
    """Raises the exception that stands for an edgert_status."""
    if status == 0:
        return
    kinds: dict[int, type[Error]] = {1: BundleError, 2: InputError, 4: system_error, 5: InputError}
    raise kinds.get(status, Error)(text(message.message))


def text(data: bytes | None) -> str:
    """A C string; bundles may hold any bytes."""
    return (data or b"").decode("utf-8", "replace")
