"""Element by element: arithmetic, activations, comparisons, logic."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgert_compiler.importer.tflite.convert import Converter
from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder
from edgert_compiler.importer.tflite.operands import activated, elementwise_operands


def _same(op_type: str, **attributes: Any) -> Converter:
    """ONNX's operator on all operands, and the fused activation where there can be one."""

    def convert(op: Operator, graph: GraphBuilder) -> None:
        operands, channels_first = elementwise_operands(op, graph)
        y = graph.node(op_type, *operands, **attributes)
        code = getattr(op.options, "fused_activation_function", 0)
        graph.result(op.outputs[0], activated(graph, y, code), channels_first)

    return convert


def _clip(low: float, high: float) -> Converter:
    def convert(op: Operator, graph: GraphBuilder) -> None:
        bounds = [graph.constant(bound, np.float32) for bound in (low, high)]
        [x], channels_first = elementwise_operands(op, graph)
        graph.result(op.outputs[0], graph.node("Clip", x, *bounds), channels_first)

    return convert


def _leaky_relu(op: Operator, graph: GraphBuilder) -> None:
    [x], channels_first = elementwise_operands(op, graph)
    y = graph.node("LeakyRelu", x, alpha=op.options.alpha)
    graph.result(op.outputs[0], y, channels_first)


def _gelu(op: Operator, graph: GraphBuilder) -> None:
    form = "tanh" if op.options.approximate else "none"
    y = graph.node("Gelu", graph.value(op.input(0)), approximate=form)
    graph.result(op.outputs[0], y)


def _rsqrt(op: Operator, graph: GraphBuilder) -> None:
    root = graph.node("Sqrt", graph.value(op.input(0)))
    graph.result(op.outputs[0], graph.node("Reciprocal", root))


def _square(op: Operator, graph: GraphBuilder) -> None:
    x = graph.value(op.input(0))
    graph.result(op.outputs[0], graph.node("Mul", x, x))


def _squared_difference(op: Operator, graph: GraphBuilder) -> None:
    difference = graph.node("Sub", graph.value(op.input(0)), graph.value(op.input(1)))
    graph.result(op.outputs[0], graph.node("Mul", difference, difference))


def _floor_div(op: Operator, graph: GraphBuilder) -> None:
    """Integers are divided by way of the remainder, which has the divisor's sign."""
    a, b = graph.value(op.input(0)), graph.value(op.input(1))
    if op.outputs[0].dtype.kind == "f":
        y = graph.node("Floor", graph.node("Div", a, b))
    else:
        y = graph.node("Div", graph.node("Sub", a, graph.node("Mod", a, b)), b)
    graph.result(op.outputs[0], y)


def _floor_mod(op: Operator, graph: GraphBuilder) -> None:
    a, b = graph.value(op.input(0)), graph.value(op.input(1))
    if op.outputs[0].dtype.kind == "f":
        quotient = graph.node("Floor", graph.node("Div", a, b))
        y = graph.node("Sub", a, graph.node("Mul", quotient, b))
    else:
        y = graph.node("Mod", a, b)
    graph.result(op.outputs[0], y)


def _not_equal(op: Operator, graph: GraphBuilder) -> None:
    equal = graph.node("Equal", graph.value(op.input(0)), graph.value(op.input(1)))
    graph.result(op.outputs[0], graph.node("Not", equal))


def _cast(op: Operator, graph: GraphBuilder) -> None:
    from onnx.helper import np_dtype_to_tensor_dtype

    target = np_dtype_to_tensor_dtype(op.outputs[0].dtype)
    graph.result(op.outputs[0], graph.node("Cast", graph.value(op.input(0)), to=target))


CONVERTERS: dict[str, Converter] = {
    "ABS": _same("Abs"),
    "ADD": _same("Add"),
    "ADD_N": _same("Sum"),
    "CAST": _cast,
    "CEIL": _same("Ceil"),
    "COS": _same("Cos"),
    "DIV": _same("Div"),
    "ELU": _same("Elu"),
    "EQUAL": _same("Equal"),
    "EXP": _same("Exp"),
    "FLOOR": _same("Floor"),
    "FLOOR_DIV": _floor_div,
    "FLOOR_MOD": _floor_mod,
    "GELU": _gelu,
    "GREATER": _same("Greater"),
    "GREATER_EQUAL": _same("GreaterOrEqual"),
    "HARD_SWISH": _same("HardSwish"),
    "LEAKY_RELU": _leaky_relu,
    "LESS": _same("Less"),
    "LESS_EQUAL": _same("LessOrEqual"),
    "LOG": _same("Log"),
    "LOGICAL_AND": _same("And"),
    "LOGICAL_NOT": _same("Not"),
    "LOGICAL_OR": _same("Or"),
    "LOGISTIC": _same("Sigmoid"),
    "MAXIMUM": _same("Max"),
    "MINIMUM": _same("Min"),
    "MUL": _same("Mul"),
    "NEG": _same("Neg"),
    "NOT_EQUAL": _not_equal,
    "POW": _same("Pow"),
    "PRELU": _same("PRelu"),
    "RELU": _same("Relu"),
    "RELU6": _clip(0.0, 6.0),
    "RELU_0_TO_1": _clip(0.0, 1.0),
    "RELU_N1_TO_1": _clip(-1.0, 1.0),
    "ROUND": _same("Round"),
    "RSQRT": _rsqrt,
    "SELECT_V2": _same("Where"),
    "SIGN": _same("Sign"),
    "SIN": _same("Sin"),
    "SQRT": _same("Sqrt"),
    "SQUARE": _square,
    "SQUARED_DIFFERENCE": _squared_difference,
    "SUB": _same("Sub"),
    "TANH": _same("Tanh"),
}
