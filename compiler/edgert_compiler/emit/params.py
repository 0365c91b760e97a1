"""Packs kernel parameters by name, with the layout that the runtime library itself reports."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

from edgert._introspection import KernelInfo
from edgert.errors import CompileError
from edgert_compiler.program.ir import KernelCall

KernelTable = Mapping[tuple[str, int], KernelInfo]


def kernel_of(call: KernelCall, kernels: KernelTable) -> KernelInfo:
    """What the library says of the kernel that `call` names. Raises CompileError if it has none."""
    info = kernels.get((call.kernel, call.version))
    if info is None:
        raise CompileError(
            f"{call.name or 'a call'} needs kernel {call.kernel} version {call.version}, which the "
            "edgert library of this installation does not have; rebuild or update it"
        )
    return info


def check_param_names(call: KernelCall, info: KernelInfo) -> None:
    """Raises CompileError unless `call.params` has exactly the kernel's fields."""
    names = [field.name for field in info.fields]
    unknown = sorted(set(call.params) - set(names))
    missing = [name for name in names if name not in call.params]
    if unknown or missing:
        problems = [f"has no parameter {', '.join(unknown)}"] if unknown else []
        problems += [f"needs parameter {', '.join(missing)}"] if missing else []
        raise CompileError(
            f"{call.name or 'a call'}: kernel {call.kernel} {' and '.join(problems)}"
        )


def pack_params(call: KernelCall, info: KernelInfo) -> bytes:
    """The parameter struct of `call`, little endian; arrays shorter than the field end in zeros.

    Raises CompileError for unknown or missing names and for values that do not fit their field.
    """
    check_param_names(call, info)
    blob = bytearray(info.params_size)
    for field in info.fields:
        given = call.params[field.name]
        values = list(given) if isinstance(given, (tuple, list)) else [given]
        if len(values) > field.count or not all(_fits(field.type, value) for value in values):
            raise CompileError(
                f"{call.name or 'a call'}: {given!r} does not fit parameter {field.name} of kernel "
                f"{call.kernel} ({field.count} x {'float32' if field.type == 'f' else 'int32'})"
            )
        numbers = [float(v) if field.type == "f" else int(v) for v in values]
        struct.pack_into(f"<{len(numbers)}{field.type}", blob, field.offset, *numbers)
    return bytes(blob)


def _fits(kind: str, value: float) -> bool:
    if kind == "f":
        return not math.isnan(value) and (math.isinf(value) or abs(value) <= _FLOAT32_MAX)
    return value == int(value) and -(2**31) <= value < 2**31


_FLOAT32_MAX = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]
