"""Arguments of `edgert.compile` of the wrong kind are one error that names them."""

from __future__ import annotations

import pytest

import edgert

from .models import broken

RELU = broken("", "(float[1,4] x) => (float[1,4] y)", "y = Relu(x)")


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("target", 5),
        ("precision", 5),
        ("observer", 5),
        ("io_layout", 5),
        ("constants", [1]),
        ("state", 5),
        ("state", {5: "x"}),
        ("target_options", ["a"]),
        ("max_ram", "1K"),
        ("max_ram", 1.5),
        ("max_ram", -1),
        ("input_shapes", 5),
        ("input_shapes", {"x": ("a", 4)}),
        ("input_shapes", [[1, 4]]),
    ],
)
def test_an_argument_of_the_wrong_kind_is_named(argument, given):
    with pytest.raises(edgert.CompileError, match=f"^{argument} "):
        edgert.compile(RELU.model(), **{argument: given})


def test_labels_that_are_no_sequence_are_named():
    with pytest.raises(edgert.InputError, match="labels are"):
        edgert.compile(RELU.model(), labels=5)
