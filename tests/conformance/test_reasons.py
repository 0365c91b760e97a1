"""Messages in a few words."""

from __future__ import annotations

import pytest

from .reasons import short

ONE = "1 node keeps it from it:\n  node 'n0' (Equal, opset 21): input 'x' is string; cast"
TWO = "node 'n' (ai.onnx.ml.Labels, opset 3): has no place for it\n  node 'm' (Add, opset 21): no"
NUMPY = "AssertionError: \nNot equal to tolerance rtol=0.1\n\nMismatched elements: 2 / 6 (33.3%)\n"


@pytest.mark.parametrize(
    ("message", "operator", "words"),
    [
        (ONE, "Equal", "input is string"),
        (ONE, "Models", "Equal: input is string"),
        (TWO, "Labels", "has no place for it"),
        (TWO, "", "ai.onnx.ml.Labels: has no place for it"),
        (NUMPY, "DFT", "2 / 6 elements differ"),
        ("\nvalue 'X' has type a|b.\nmore", "", "value has type a\\|b"),
        ("Core ML cannot: 'x_0' is a scalar", "", "Core ML cannot: a value is a scalar"),
        ("mode 'nearest' is not there (yet)", "", "mode 'nearest' is not there"),
        ("", "", ""),
    ],
)
def test_short(message: str, operator: str, words: str) -> None:
    assert short(message, operator) == words
