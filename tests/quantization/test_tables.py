"""Arithmetic on one int8 value is one table, without rounding in between."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

import edgert
from edgert.bundle import BundleReader
from edgert_compiler.quantization.graph import operators
from edgert_compiler.quantization.rules import Int8Rules
from edgert_compiler.quantization.static import static_plan
from tests.quantization.models import Builder, feeds, optimized
from tests.quantization.test_static_plan import ranges_of

SHAPE = (1, 4, 8, 8)


def gelu(b: Builder, x: str, y: str) -> None:
    """x * 0.5 * (1 + tanh(0.798 (x + 0.0447 x³)))"""
    number = {n: b.constant(np.float32(n)) for n in (0.5, 1, 3, 0.044715, 0.7978846)}
    b.node("Pow", [x, number[3]], "cube")
    b.node("Mul", ["cube", number[0.044715]], "small")
    b.node("Add", [x, "small"], "sum")
    b.node("Mul", ["sum", number[0.7978846]], "scaled")
    b.node("Tanh", ["scaled"], "tanh")
    b.node("Add", ["tanh", number[1]], "gate")
    b.node("Mul", [x, number[0.5]], "half")
    b.node("Mul", ["half", "gate"], y)


def gated(b: Builder, x: str, y: str) -> None:
    """x * min(max(x / 6 + 0.5, 0), 1)"""
    b.node("Div", [x, b.constant(np.float32(6))], "sixth")
    b.node("Add", ["sixth", b.constant(np.float32(0.5))], "shifted")
    b.node("Clip", ["shifted", b.constant(np.float32(0)), b.constant(np.float32(0.9))], "gate")
    b.node("Mul", [x, "gate"], y)


def between(function) -> onnx.ModelProto:
    b = Builder(SHAPE)
    b.conv("x", "a", 4, 8, 3)
    function(b, "a", "b")
    b.conv("b", "y", 8, 4, 3)
    return b.build("y")


def kernels(bundle: bytes) -> list[str]:
    reader = BundleReader(bundle)
    return [reader.kernel_name(call) for call in reader.root.programs[0].calls]


@pytest.mark.parametrize("function", [gelu, gated])
def test_a_convolution_applies_the_table(function):
    model = between(function)
    report = edgert.compile(model, calibration=feeds(SHAPE), observer="min_max")
    found = kernels(report.bundle)
    assert found.count("conv2d_s8") == 2
    assert "lookup_s8" not in found
    assert found.count("elementwise") <= 1, "only the input is quantized"
    [feed] = feeds(SHAPE, 1, seed=9)
    [expected] = onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)
    actual = edgert.load(report.bundle).run(feed)
    assert np.abs(actual - expected).mean() < 0.01 * np.ptp(expected)


def planned(function, tables: bool = True):
    """Which values of the model have parameters."""
    model = optimized(between(function))
    plan = static_plan(model, ranges_of(model), rules=Int8Rules(tables=tables))
    values = [op.output.name for op in operators(model)]
    return [name for name in values if name in plan.activations]


def test_values_inside_have_no_parameters():
    assert planned(gelu) == ["a", "b"]
    assert planned(gated) == ["a", "b"]


def test_runtimes_without_tables_store_every_value():
    assert planned(gated, tables=False) == ["a", "sixth", "shifted", "gate", "b"]


def test_what_others_read_is_stored():
    def shared(b: Builder, x: str, y: str) -> None:
        gated(b, x, "gated")
        b.conv("shifted", "other", 8, 8)
        b.node("Mul", ["gated", "other"], y)

    assert {"sixth", "shifted", "gate", "gated"} - set(planned(shared)) == {"sixth"}


def test_two_variables_are_no_table():
    def product_of_tables(b: Builder, x: str, y: str) -> None:
        gated(b, x, "first")
        b.node("Mul", ["first", b.conv("x", "second", 4, 8)], y)

    assert planned(product_of_tables) == ["a", "first", "second", "b"]


def test_numbers_for_each_channel_are_no_table():
    def scaled(b: Builder, x: str, y: str) -> None:
        b.node("Abs", [x], "abs")
        b.node("Mul", ["abs", b.constant(np.linspace(1, 2, 8, dtype="f").reshape(8, 1, 1))], "m")
        b.node("Abs", ["m"], y)

    assert "m" in planned(scaled)


def test_what_amplifies_errors_ends_a_table():
    def logarithm(b: Builder, x: str, y: str) -> None:
        b.node("Add", [b.node("Abs", [x], "abs"), b.constant(np.float32(1))], "above")
        b.node("Exp", ["above"], y)

    model = optimized(between(logarithm))
    plan = static_plan(model, ranges_of(model))
    assert "Exp computes in float" in plan.decisions["Exp:b"].reason
