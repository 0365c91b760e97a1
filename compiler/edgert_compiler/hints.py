"""Sizes that are not known when compiling: what they depend on, and what to do about it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.dataflow import LOOP_END, is_control, loop_begin
from edgert_compiler.graph.matching import dims, op_id
from edgert_compiler.graph.nodes import optional

_REDUCTIONS = ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
_OPERANDS: Mapping[str, Sequence[int]] = {
    **dict.fromkeys(("BlackmanWindow", "ConstantOfShape", "HammingWindow", "HannWindow"), (0,)),
    **dict.fromkeys((f"Reduce{kind}" for kind in _REDUCTIONS), (1,)),
    **dict.fromkeys(("AffineGrid", "CenterCropPad", "Expand", "OneHot", "Reshape", "Tile"), (1,)),
    **dict.fromkeys(("Split", "SplitToSequence", "Squeeze", "TopK", "Trilu", "Upsample"), (1,)),
    **dict.fromkeys(("CumProd", "CumSum", "Unsqueeze"), (1,)),
    **dict.fromkeys(("Col2Im", "DFT"), (1, 2)),
    "If": (0,),
    "Loop": (0, 1),
    "MaxUnpool": (2,),
    "MelWeightMatrix": (0, 1, 2, 3, 4),
    "NonMaxSuppression": (2,),
    "Pad": (1, 3),
    "Range": (0, 1, 2),
    "Resize": (1, 2, 3),
    "STFT": (1, 3),
    "Slice": (1, 2, 3, 4),
}
"""Inputs that say how large the output is, along which axes, or what there is to compute."""

# What computes a size from others, element by element or by moving them.
_ARITHMETIC = frozenset(
    {"Abs", "Add", "Cast", "Ceil", "Clip", "Concat", "Div", "Floor", "Identity", "Max", "Min"}
    | {"Mod", "Mul", "Neg", "Relu", "Reshape", "Round", "Slice", "Split", "Squeeze", "Sub"}
    | {"And", "Equal", "Greater", "Less", "Not", "Or", "Unsqueeze", "Where"}
    | {"Gather", "ReduceProd", "Shape"}
)


def size_reason(node: ir.Node) -> str | None:
    """What a size of the node depends on, and what to do; None where nothing is left open."""
    operands = _open_operands(node)
    if not operands:
        return None
    hint = constant_hint(node)
    if hint is not None:
        return f"its sizes must be known when compiling; {hint}"
    inputs = list(dict.fromkeys(v for _, value in operands for v in _sources(value)[0]))
    origin = f"is computed from {_listed(inputs)}" if inputs else "is computed"
    return (
        f"the size of what it gives {origin} while running, and nothing limits it, but memory is "
        "planned when compiling; export the model with a fixed size there"
    )


def constant_hint(node: ir.Node) -> str | None:
    """The options that give what a node must know of its sizes, where inputs of the model tell it.

    None where it knows all, or where what it does not know is more than a size.
    """
    operands = _open_operands(node)
    found = [_sources(value) for _, value in operands]
    inputs = list(dict.fromkeys(v for values, _ in found for v in values))
    if not inputs or not all(arithmetic for _, arithmetic in found):
        return None
    if not all(map(_is_size, inputs)):
        return None
    examples = " ".join(_option(node, value, operands) for value in inputs)
    return f"say what {_listed(inputs)} will be in every run, for example {examples}"


def constant_option(name: str, value: object) -> str:
    """The option that gives an input its value, for a shell."""
    numbers = ",".join(f"{number:g}" for number in np.asarray(value).reshape(-1).tolist())
    return f"--constant {shlex.quote(f'{name}={numbers}')}"


def _open_operands(node: ir.Node) -> list[tuple[int, ir.Value]]:
    """The inputs that say sizes and are no constants, with their index."""
    if is_control(node):
        values = [(0, loop_begin(node).inputs[0] if node.op_type == LOOP_END else node.inputs[0])]
    else:
        values = [(index, optional(node, index)) for index in _OPERANDS.get(op_id(node), ())]
    return [(i, value) for i, value in values if value is not None and value.const_value is None]


def _sources(value: ir.Value) -> tuple[list[ir.Value], bool]:
    """The inputs of the model behind a value; whether nothing but arithmetic is between them."""
    inputs: dict[ir.Value, None] = {}
    arithmetic, pending, seen = True, [value], {value}
    while pending:
        node = (current := pending.pop()).producer()
        if node is None:
            if current.const_value is None:
                inputs[current] = None
            continue
        arithmetic = arithmetic and op_id(node) in _ARITHMETIC
        new = [v for v in node.inputs if v is not None and v not in seen]
        seen.update(new)
        pending += reversed(new)
    return list(inputs), arithmetic


def _is_size(value: ir.Value) -> bool:
    """Whether a value can be a size, or several: a scalar or a vector."""
    shape = dims(value)
    return shape is not None and len(shape) < 2


def _listed(inputs: Sequence[ir.Value]) -> str:
    return " and ".join(f"the input '{value.name}'" for value in inputs)


def _option(node: ir.Node, value: ir.Value, operands: Sequence[tuple[int, ir.Value]]) -> str:
    index = next((i for i, operand in operands if operand is value), None)
    shape = dims(value) or ()
    count = math.prod(shape)
    if is_control(node):
        example = [10]
    else:
        example = [1] * count if index is None else _example(node, index, count)
    return constant_option(str(value.name), example)


def _example(node: ir.Node, index: int, count: int) -> list[int]:
    """Numbers that the operator takes there."""
    x = optional(node, 0)
    shape = list((dims(x) if x is not None else None) or ())
    op, same = node.op_type, len(shape) == count
    if op == "Reshape":
        return [*([1] * (count - 1)), -1]
    if op in ("Resize", "Upsample") and same:
        enlarged = [1, 1, *([2] * (count - 2))] if count > 2 else [1] * count
        return [n * d for n, d in zip(enlarged, shape)] if index == 3 else enlarged
    if op == "Expand":
        return [*([1] * (count - len(shape))), *shape][:count]
    if op == "Slice":
        axes = [shape[axis] if axis < len(shape) else 1 for axis in range(count)]
        return {1: [0] * count, 2: axes, 3: list(range(count))}.get(index, [1] * count)
    if op == "Split" and shape:
        axis = node.attributes.get_int("axis", 0) % len(shape)
        return [shape[axis] - count + 1, *([1] * (count - 1))]
    if op in ("OneHot", "Range", "Loop") and index == 1:
        return [10]
    if op in ("Unsqueeze", "Squeeze", "CumSum", "CumProd") or op.startswith("Reduce"):
        return list(range(count))
    return [0] * count if op == "Pad" else [1] * count
