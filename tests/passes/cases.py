"""Small models as text, and what rewriting must do to them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
import onnx_ir as ir
from onnx import numpy_helper

from edgert_compiler.graph.matching import op_id
from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize

from .expand import random_feeds, run_onnx, run_optimized

_RNG = np.random.default_rng(7)


def normal(*shape: int) -> np.ndarray:
    """Standard normal constants."""
    return _RNG.standard_normal(shape).astype(np.float32)


def positive(*shape: int) -> np.ndarray:
    """Constants in [0.5, 1.5), for variances."""
    return (_RNG.random(shape) + 0.5).astype(np.float32)


def ints(*values: int) -> np.ndarray:
    """An int64 vector."""
    return np.array(values, np.int64)


def build(signature: str, body: str, opset: int = 17, **constants: np.ndarray) -> onnx.ModelProto:
    """A model from ONNX's text syntax: "(float[1,4] x) => (float[1,4] y)", "y = Relu(x)"."""
    ml_opset = 5 if opset >= 22 else 3  # of the same release
    domains = f'"" : {opset}, "ai.onnx.ml" : {ml_opset}, "com.microsoft" : 1'
    model = onnx.parser.parse_model(
        f"<ir_version: 8, opset_import: [{domains}]> test {signature} {{ {body} }}"
    )
    for name, array in constants.items():
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
    return model


@dataclass(frozen=True)
class Case:
    """One model and the operators it must end with.

    `rule` must have rewritten something, or refused with words that contain `refusal`. `rtol`: of
    the largest output; more than rounding where a rule drops quantization.
    """

    rule: str
    signature: str
    body: str
    ops: str
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    opset: int = 17
    refusal: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    rtol: float = 1e-4

    def __str__(self) -> str:
        return f"{self.rule}: {self.body}"

    def check(self, caplog) -> ir.Model:
        """Compares structure, numbers and names before and after."""
        original = build(self.signature, self.body, self.opset, **self.constants)
        onnx.checker.check_model(original)
        with caplog.at_level(logging.DEBUG, "edgert_compiler.passes.driver"):
            model = optimize(load_model(original))
        assert histogram(model) == Counter(self.ops.split()), histogram(model)
        verb = "leaves" if self.refusal else "rewrites"
        assert any(
            f"{self.rule}: {verb}" in message and self.refusal in message
            for message in caplog.messages
        ), f"{self.rule} did not act"
        self.compare(original, model)
        for node in model.graph:
            for name, value in self.attributes.items():
                if name in node.attributes:
                    assert _plain(node.attributes[name].value) == value
        return model

    def compare(self, original: onnx.ModelProto, model: ir.Model) -> None:
        """The numbers of the optimized model are those of the original."""
        same_numbers(original, model, self.rtol)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(round(v, 5) for v in value)
    return round(value, 5) if isinstance(value, float) else value


def histogram(model: ir.Model) -> Counter[str]:
    """How often each operator occurs."""
    return Counter(op_id(node) for node in model.graph)


def same_numbers(original: onnx.ModelProto, model: ir.Model, rtol: float = 1e-4) -> None:
    """The outputs agree with onnxruntime's on random inputs, in name, shape, type and value."""
    assert [v.name for v in model.graph.outputs] == [v.name for v in original.graph.output]
    feeds = random_feeds(original)
    for expected, actual in zip(run_onnx(original, feeds), run_optimized(model, feeds)):
        assert actual.shape == expected.shape
        assert actual.dtype == expected.dtype
        scale = np.abs(expected).max(initial=1e-6)
        np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol * scale)
