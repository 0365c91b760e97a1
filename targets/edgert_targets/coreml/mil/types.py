"""How ONNX element types become MIL's: every float is fp16 or fp32, every integer int32.

Core ML has no 64-bit integers; indices and labels fit in 32 bits, and constants that do not are
refused.
"""

from __future__ import annotations

import enum

import numpy as np
import onnx_ir as ir

INT32 = np.iinfo(np.int32)


class Kind(enum.Enum):
    """What a MIL tensor holds."""

    FLOAT = "float"
    INT = "integer"
    BOOL = "bool"


ANY = frozenset({Kind.FLOAT, Kind.INT, Kind.BOOL})
NUMBER = frozenset({Kind.FLOAT, Kind.INT})

_KINDS = {
    ir.DataType.FLOAT: Kind.FLOAT,
    ir.DataType.FLOAT16: Kind.FLOAT,
    ir.DataType.BOOL: Kind.BOOL,
    ir.DataType.INT64: Kind.INT,
    ir.DataType.INT32: Kind.INT,
    ir.DataType.INT16: Kind.INT,
    ir.DataType.UINT16: Kind.INT,
    ir.DataType.UINT8: Kind.INT,
    ir.DataType.INT8: Kind.INT,
}


def kind_of(dtype: ir.DataType | None) -> Kind | None:
    """What MIL holds such elements in; None where it cannot."""
    return None if dtype is None else _KINDS.get(dtype)


def converted(array: np.ndarray, float_type: np.dtype) -> np.ndarray:
    """A constant as MIL stores it: floats as `float_type`, integers as int32, bool as it is."""
    if array.dtype.kind == "f":
        with np.errstate(over="ignore", under="ignore"):
            return array.astype(float_type)
    return array if array.dtype == np.bool_ else array.astype(np.int32)


def fits_int32(array: np.ndarray) -> bool:
    """Whether an integer constant survives; everything else does."""
    if array.dtype.kind not in "iu" or array.size == 0:
        return True
    return bool(INT32.min <= array.min() and array.max() <= INT32.max)


def survives_fp16(array: np.ndarray, each: bool = False) -> bool:
    """Whether a float constant means the same in half precision.

    No finite number may overflow, and a single number, such as an epsilon or a scale, may not lose
    more than 1/128 of itself. Of several, small ones may round to zero beside the others, unless
    `each` of them matters.
    """
    with np.errstate(over="ignore", under="ignore"):
        half = array.astype(np.float16).astype(np.float64)
    exact = array.astype(np.float64)
    finite = np.isfinite(exact)
    if not np.isfinite(half[finite]).all():
        return False
    error = np.abs(half - exact)[finite]
    return (array.size != 1 and not each) or bool((error <= np.abs(exact[finite]) / 128).all())
