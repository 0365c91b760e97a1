"""Binding of symbolic input dimensions."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import onnx_ir as ir

from edgert._text import did_you_mean
from edgert.errors import CompileError
from edgert_compiler import refusals
from edgert_compiler.graph.schemas import readable_type

_IMAGE = (1, 3, 224, 224)
_LENGTH = 64


def bind_input_shapes(graph: ir.Graph, shapes: dict[str, tuple[int, ...]]) -> list[str]:
    """Makes every input shape static, in place, and returns notes on what was assumed.

    Raises CompileError for an unknown input, a shape that contradicts the model, or dimensions
    that remain unbound; the latter lists all inputs with the option to add.
    """
    _check_names(graph, shapes)
    for value in graph.inputs:
        _open_negative(value)
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
                + did_you_mean(name, map(str, known))
            )


def _open_negative(value: ir.Value) -> None:
    """Some exporters write -1 for a dimension that is open."""
    if value.shape is not None:
        dims = [None if isinstance(d, int) and d < 0 else d for d in value.shape]
        value.shape = ir.Shape(dims)


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
    unbound = []
    for value in graph.inputs:
        refusal = refusals.of_type(value.type)
        if value.type is not None and refusal is not None:
            kind = readable_type(value.type)
            raise CompileError(f"input '{value.name}' is of type {kind}: {refusal}")
        if value.shape is None or not value.shape.is_static():
            unbound.append(value)
    if unbound:
        open_inputs = ", ".join(
            f"'{v.name}' {'has no shape' if v.shape is None else f'is {_text(v.shape)}'}"
            for v in unbound
        )
        raise CompileError(
            f"input dimensions are not bound: {open_inputs}; give the sizes that runs will have, "
            f"for example {' '.join(_examples(unbound))}"
        )


def _examples(values: Sequence[ir.Value]) -> list[str]:
    """An option for each input, to paste into a shell; equal symbols get equal sizes."""
    symbols: dict[str, int] = {}
    options = []
    for value in values:
        dims = _IMAGE if value.shape is None else tuple(value.shape)
        sizes = []
        for dim, usual in zip(dims, _usual_sizes(dims)):
            symbol = getattr(dim, "value", None)
            sizes.append(symbols.setdefault(symbol, usual) if symbol else usual)
        options.append(f"--input-shape {shlex.quote(_option(value, tuple(sizes)))}")
    return options


def _usual_sizes(dims: Sequence[object]) -> list[int]:
    """The sizes, where open a batch of 1, square images, short sequences."""
    usual = [1, *([_LENGTH] * (len(dims) - 1))]
    if len(dims) >= len(_IMAGE):
        channels_last = isinstance(dims[-1], int)
        usual = [1, _IMAGE[-1] if channels_last else _IMAGE[1], *([_IMAGE[-1]] * (len(dims) - 2))]
    return [dim if isinstance(dim, int) else size for dim, size in zip(dims, usual)]


def _option(value: ir.Value, dims: tuple[object, ...]) -> str:
    return f"{value.name}:" + ",".join(_dim(d) for d in dims)


def _text(shape: ir.Shape) -> str:
    return "[" + ", ".join(_dim(d) for d in shape) + "]"


def _dim(dim: object) -> str:
    return str(dim) if isinstance(dim, int) else str(getattr(dim, "value", None) or "?")
