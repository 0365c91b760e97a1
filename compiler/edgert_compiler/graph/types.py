"""Element types that operators accept."""

from __future__ import annotations

from collections.abc import Collection

import onnx_ir as ir

FLOAT = frozenset({ir.DataType.FLOAT})
INTEGER = frozenset({ir.DataType.INT32, ir.DataType.INT64})
BOOL = frozenset({ir.DataType.BOOL})
NUMERIC = FLOAT | INTEGER
DOUBLE = frozenset({ir.DataType.DOUBLE})
BYTE = frozenset({ir.DataType.INT8, ir.DataType.UINT8})


def unsupported_type(
    node: ir.Node, index: int, allowed: Collection[ir.DataType] = FLOAT
) -> str | None:
    """Why the type of an input is not accepted, if it is not."""
    value = node.inputs[index] if index < len(node.inputs) else None
    if value is None or value.dtype in allowed:
        return None
    names = ", ".join(sorted(dtype.name.lower() for dtype in allowed))
    found = "unknown" if value.dtype is None else value.dtype.name.lower()
    return f"input '{value.name}' is {found}; edgert computes this in {names}"


def unsupported_dynamic(node: ir.Node, index: int, what: str) -> str | None:
    """Why an input that must be known at compile time is not, if it is not."""
    value = node.inputs[index] if index < len(node.inputs) else None
    if value is None or value.const_value is not None:
        return None
    return f"{what} '{value.name}' is computed at run time; it must be a constant"
