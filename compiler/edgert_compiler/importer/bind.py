"""Binding of graph inputs to constants."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import onnx_ir as ir

from edgert._text import did_you_mean
from edgert.errors import CompileError


def bind_constants(graph: ir.Graph, constants: Mapping[str, npt.ArrayLike]) -> None:
    """Makes inputs initializers with the given values, in place.

    Numbers and lists of numbers become what the model declares; arrays must be that already. Raises
    CompileError for a name that is no input, and for a type or shape that differs.
    """
    inputs = {str(value.name): value for value in graph.inputs}
    for name, given in constants.items():
        value = inputs.get(name)
        if value is None:
            raise CompileError(
                f"--constant names '{name}', but the inputs are: {', '.join(inputs) or 'none'}"
                + did_you_mean(name, inputs)
            )
        if not isinstance(value.type, ir.TensorType) or value.type.dtype == ir.DataType.STRING:
            raise CompileError(f"--constant {name}: the input is not a tensor of numbers")
        array = given if isinstance(given, np.ndarray) else _as_declared(value, given)
        _check(value, array)
        value.shape = ir.Shape(array.shape)
        value.const_value = ir.tensor(array, dtype=value.dtype, name=name)
    graph.inputs[:] = [value for value in graph.inputs if value.name not in constants]
    for name in constants:
        graph.register_initializer(inputs[name])


def _as_declared(value: ir.Value, given: npt.ArrayLike) -> np.ndarray:
    """Numbers as an array of the type, and where there are as many of the shape, of the input."""
    numbers = np.asarray(given)
    if value.dtype is None or numbers.dtype.kind not in "biuf":
        return numbers
    array = numbers.astype(value.dtype.numpy())
    if numbers.dtype.kind == "f" and array.dtype.kind != "f" and (array != numbers).any():
        raise CompileError(
            f"--constant {value.name}: the input has {value.dtype.numpy()}, {given!r} is no such "
            "number"
        )
    shape = None if value.shape is None or not value.shape.is_static() else value.shape.numpy()
    return array if shape is None or math.prod(shape) != array.size else array.reshape(shape)


def _check(value: ir.Value, array: np.ndarray) -> None:
    if value.dtype is not None and value.dtype.numpy() != array.dtype:
        raise CompileError(
            f"--constant {value.name}: the model declares {value.dtype.numpy()}, "
            f"the array is {array.dtype}"
        )
    declared = value.shape
    fits = declared is None or (
        len(declared) == array.ndim
        and all(not isinstance(d, int) or d == n for d, n in zip(declared, array.shape))
    )
    if not fits:
        raise CompileError(
            f"--constant {value.name}: the array has shape {list(array.shape)}, "
            f"the model declares {[d if isinstance(d, int) else str(d) for d in declared or ()]}"
        )
