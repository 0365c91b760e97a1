"""Unrolled recurrent operators against onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest

from edgert_compiler.importer import load_model
from edgert_compiler.passes import decompose, optimize
from edgert_compiler.unsupported import unsupported

from .cases import build, histogram, normal, same_numbers

T, B, FEATURES, H = 5, 3, 4, 6
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def recurrent(op: str, attributes: str, directions: int, inputs: str, **constants):
    gates = GATES[op]
    weights = {
        "w": normal(directions, gates * H, FEATURES) / 2,
        "r": normal(directions, gates * H, H) / 2,
        "b": normal(directions, 2 * gates * H) / 2,
    }
    signature = (
        f"(float[{T},{B},{FEATURES}] x, float[{directions},{B},{H}] h)"
        f" => (float[{T},{directions},{B},{H}] y, float[{directions},{B},{H}] last)"
    )
    body = f"y, last = {op}<hidden_size={H} {attributes}>({inputs})"
    return build(signature, body, 17, **weights, **constants)


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("lengths", [(), (5, 2, 3)])
def test_directions_and_sequence_lengths(op, direction, lengths):
    directions = 2 if direction == "bidirectional" else 1
    given = {"lens": np.array(lengths, np.int32)} if lengths else {}
    inputs = "x, w, r, b, lens, h" if lengths else "x, w, r, b, , h"
    original = recurrent(op, f', direction="{direction}"', directions, inputs, **given)
    model = optimize(load_model(original))
    assert not unsupported(model)
    same_numbers(original, model)


def test_projection_of_the_inputs_is_one_product():
    model = optimize(load_model(recurrent("RNN", "", 1, "x, w, r, b, , h")))
    assert histogram(model)["edgert.Gemm"] == 1 + T


@pytest.mark.parametrize(
    ("op", "attributes"),
    [
        ("GRU", ", linear_before_reset=1"),
        ("LSTM", ', activations=["Sigmoid","Relu","Softsign"]'),
        ("RNN", ", clip=0.1"),
    ],
)
def test_variants(op, attributes):
    original = recurrent(op, attributes, 1, "x, w, r, b, , h")
    same_numbers(original, optimize(load_model(original)))


@pytest.mark.parametrize("op", GATES)
def test_what_a_backend_computes_whole_can_be_unrolled_later(op):
    original = recurrent(op, "", 1, "x, w, r, b, , h")
    model = optimize(load_model(original, keeps=lambda node: node.op_type == op))
    assert histogram(model) == {op: 1}
    decompose(model)
    assert op not in histogram(model)
    assert not unsupported(model)
    same_numbers(original, model)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_long_sequences(direction):
    """Longer than Python's call stack, whichever way they run."""
    original = build(
        f"(float[400,{B},{FEATURES}] x) => (float[400,1,{B},{H}] y, float[1,{B},{H}] last)",
        f'y, last = RNN<hidden_size={H}, direction="{direction}">(x, w, r)',
        17,
        w=normal(1, H, FEATURES) / 2,
        r=normal(1, H, H) / 2,
    )
    for outputs in (slice(None), slice(1, None)):
        kept = original.graph.output[outputs]
        del original.graph.output[:]
        original.graph.output.extend(kept)
        same_numbers(original, optimize(load_model(original)))


def test_unusual_activations_are_refused():
    original = recurrent("RNN", ', activations=["Affine"]', 1, "x, w, r, b, , h")
    assert [u.op for u in unsupported(optimize(load_model(original)))] == ["RNN"]


@pytest.mark.parametrize("op", GATES)
def test_float16(op):
    weights = {
        "w": normal(1, GATES[op] * H, FEATURES) / 2,
        "r": normal(1, GATES[op] * H, H) / 2,
    }
    original = build(
        f"(float16[{T},{B},{FEATURES}] x) => (float16[{T},1,{B},{H}] y)",
        f"y = {op}<hidden_size={H}>(x, w, r)",
        17,
        **{name: array.astype(np.float16) for name, array in weights.items()},
    )
    same_numbers(original, optimize(load_model(original)), rtol=2e-3)
