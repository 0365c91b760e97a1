"""Binding of graph inputs to constants."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx_ir as ir

from edgert.errors import CompileError


def bind_constants(graph: ir.Graph, constants: Mapping[str, np.ndarray]) -> None:
    """Makes inputs initializers with the given values, in place.

    Raises CompileError for a name that is no input, and for a type or shape that differs from what
    the model declares.
    """
    inputs = {str(value.name): value for value in graph.inputs}
    for name, given in constants.items():
        value = inputs.get(name)
        if value is None:
            raise CompileError(
                f"--constant names '{name}', but the inputs are: {', '.join(inputs) or 'none'}"
            )
        array = np.asarray(given)
        _check(value, array)
        value.shape = ir.Shape(array.shape)
        value.const_value = ir.tensor(array, dtype=value.dtype, name=name)
    graph.inputs[:] = [value for value in graph.inputs if value.name not in constants]
    for name in constants:
        graph.register_initializer(inputs[name])


def _check(value: ir.Value, array: np.ndarray) -> None:
    if not isinstance(value.type, ir.TensorType) or value.type.dtype == ir.DataType.STRING:
        raise CompileError(f"--constant {value.name}: the input is not a tensor of numbers")
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
