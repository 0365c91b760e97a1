"""From an ONNX graph in canonical operators to a MIL program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx_ir as ir

from edgert._text import reason
from edgert.errors import CompileError
from edgert_compiler.graph.nodes import shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.images import ImageInput, from_pixels
from edgert_targets.coreml.mil.naming import Names
from edgert_targets.coreml.mil.ops.registry import find
from edgert_targets.coreml.mil.types import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def build(
    graph: ir.Graph, ios: int, compute: np.dtype, images: Mapping[str, ImageInput]
) -> tuple[Any, MilContext, Names]:
    """The program, with what was noted on the way and the names of its inputs and outputs.

    graph: every node supported (unsupported.py). compute: float16 or float32. images: how pixels
    become the inputs of these names, which take images.
    """
    from coremltools.converters.mil.mil import Builder, Function, Program

    names = Names(graph)
    context = MilContext(Builder, ios, compute, names)
    inputs = [value for value in graph.inputs if value.const_value is None]
    placeholders = {
        names.of(value): Builder.placeholder(_shape(value, images), _dtype(value))
        for value in inputs
    }
    program = Program()
    with Function(placeholders, opset_version=opset(ios)) as function:
        for value in inputs:
            variable = function.inputs[names.of(value)]
            image = images.get(value.name or "")
            if image is not None:
                variable = from_pixels(context, variable, image)
            elif kind_of(value.dtype) is Kind.BOOL:
                variable = context.make("cast", x=variable, dtype="bool")
            context.bind(value, variable)
        for node in graph:
            _lower(node, context)
        function.set_outputs(context.outputs(graph.outputs))
    program.add_function("main", function)
    return program, context, names


def opset(ios: int) -> Any:
    """coremltools' name of an iOS version."""
    import coremltools

    return getattr(coremltools.target, f"iOS{ios}")


def _lower(node: ir.Node, context: MilContext) -> None:
    op = find(node.op_type, node.domain)
    assert op is not None, f"{node.op_type} was not checked"
    context.begin(node, op.wide(node, context))
    try:
        op.lower(node, context)
    except (NotImplementedError, ValueError) as error:  # as coremltools refuses an operation
        raise CompileError(
            f"node '{node.name}' ({node.op_type}): coremltools cannot express it: {reason(error)}"
        ) from error


def _shape(value: ir.Value, images: Mapping[str, ImageInput]) -> tuple[int, ...]:
    image = images.get(value.name or "")
    return image.shape if image else shape_of(value)


def _dtype(value: ir.Value) -> Any:
    from coremltools.converters.mil.mil import types

    return types.fp32 if kind_of(value.dtype) is Kind.FLOAT else types.int32
