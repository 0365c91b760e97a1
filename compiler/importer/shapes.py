"""Binding of symbolic input dimensions."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler import refusals
from edgert.errors import CompileError


def bind_input_shapes(graph: ir.Graph, shapes: dict[str, tuple[int, ...]]) -> list[str]:
    """Makes every input shape static, in place, and returns notes on what was assumed.

    Raises CompileError for an unknown input, a shape that contradicts the model, or dimensions
    that remain unbound; the latter lists all inputs with the option to add.
    """
    _check_names(graph, shapes)
    symbols: dict[str, int] = {}
    for value in graph.inputs:
        if value.name in shapes:
            _bind_given(value, shapes[value.name], symbols)
    notes: list[str] = []
    for value in graph.inputs:
        _bind_symbols(value, symbols)
        _bind_batch(value, notes)
    _check_bound(graph)
    return notes


def _check_names(graph: ir.Graph, shapes: dict[str, tuple[int, ...]]) -> None:
    known = [value.name for value in graph.inputs]
    for name in shapes:
        if name not in known:
            raise CompileError(
                f"--input-shape names '{name}', but the inputs are: {', '.join(map(str, known))}"
            )


def _bind_given(value: ir.Value, given: tuple[int, ...], symbols: dict[str, int]) -> None:
    given = tuple(int(d) for d in given)
    declared = value.shape
    if any(d < 0 for d in given):
        raise CompileError(f"--input-shape {_option(value, given)} has a negative dimension")
    if declared is None:
        value.shape = ir.Shape(given)
        return
    if len(declared) != len(given):
        raise CompileError(
            f"input '{value.name}' has {len(declared)} dimensions {_text(declared)}, "
            f"but --input-shape gives {len(given)}"
        )
    for dim, size in zip(declared, given):
        if isinstance(dim, int):
            expected: int | None = dim
        else:
            expected = symbols.setdefault(dim.value, size) if dim.value else None
        if expected not in (None, size):
            raise CompileError(
                f"--input-shape {_option(value, given)} does not fit the model's "
                f"{_text(declared)}: a dimension is {expected}, not {size}"
            )
    value.shape = ir.Shape(given)


def _bind_symbols(value: ir.Value, symbols: dict[str, int]) -> None:
    if value.shape is not None:
        value.shape = ir.Shape(
            [d if isinstance(d, int) else symbols.get(d.value or "", d) for d in value.shape]
        )


def _bind_batch(value: ir.Value, notes: list[str]) -> None:
    shape = value.shape
    if shape is None or len(shape) < 2 or isinstance(shape[0], int):
        return
    if all(isinstance(d, int) for d in shape[1:]):
        notes.append(
            f"input '{value.name}' {_text(shape)}: batch set to 1 "
            f"(--input-shape {_option(value, (1, *shape[1:]))})"
        )
        value.shape = ir.Shape([1, *shape[1:]])


def _check_bound(graph: ir.Graph) -> None:
    problems = []
    for value in graph.inputs:
        if not isinstance(value.type, ir.TensorType):
            raise CompileError(
                f"input '{value.name}' is not a tensor: {refusals.of_type(value.type)}"
            )
        if value.shape is None:
            problems.append(
                f"'{value.name}' has no shape: add --input-shape {value.name}:D0,D1,..."
            )
        elif not value.shape.is_static():
            problems.append(
                f"'{value.name}' is {_text(value.shape)}: "
                f"add --input-shape {_option(value, tuple(value.shape))}"
            )
    if problems:
        raise CompileError("input dimensions are not bound; " + "; ".join(problems))


def _option(value: ir.Value, dims: tuple[object, ...]) -> str:
    return f"{value.name}:" + ",".join(_dim(d) for d in dims)


def _text(shape: ir.Shape) -> str:
    return "[" + ", ".join(_dim(d) for d in shape) + "]"


def _dim(dim: object) -> str:
    return str(dim) if isinstance(dim, int) else str(getattr(dim, "value", None) or "?")
