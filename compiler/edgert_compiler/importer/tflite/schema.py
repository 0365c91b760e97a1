"""The declarations of `schema.fbs`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir

from edgert._flatbuffers import Schema, parse_schema

_TYPES = {
    "float32": "FLOAT32",
    "float16": "FLOAT16",
    "float64": "FLOAT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "bool": "BOOL",
}


@functools.cache
def schema() -> Schema:
    """The parsed file."""
    return parse_schema(Path(__file__).with_name("schema.fbs").read_text(encoding="utf-8"))


def member(enum: str, name: str) -> int:
    """The number of a member of an enumeration."""
    return schema().enums[enum][name]


def has_type(dtype: ir.DataType) -> bool:
    """Whether edgert writes tensors of an ONNX type."""
    try:
        return np.dtype(dtype.numpy()).name in _TYPES
    except TypeError:
        return False


def tensor_type(dtype: np.dtype) -> int:
    """The TensorType of a numpy type."""
    return member("TensorType", _TYPES[np.dtype(dtype).name])


def numpy_type(code: int) -> np.dtype[Any] | None:
    """The numpy type of a TensorType; None where there is none."""
    types = {member("TensorType", name): np.dtype(dtype) for dtype, name in _TYPES.items()}
    return types.get(code)
