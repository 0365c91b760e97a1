"""ONNX's own node cases as TFLite files: computed as the standard says, or refused."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import onnx
import pytest

import edgert
from edgert.errors import CompileError

from .litert import LiteRT

pytestmark = pytest.mark.slow


@functools.cache
def cases() -> dict[str, object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        return {case.name: case for case in collect_testcases(None) if case.data_sets}


OPERATORS = sorted({case.model.graph.node[0].op_type for case in cases().values()})


@pytest.mark.parametrize("operator", OPERATORS)
def test_node_cases(operator: str) -> None:
    found = [c for c in cases().values() if c.model.graph.node[0].op_type == operator]
    wrong = {case.name: reason for case in found if (reason := problem(case))}
    assert not wrong


def problem(case) -> str | None:
    """What is wrong with the case; None where it is right, or refused."""
    names = [value.name for value in case.model.graph.input]
    inputs, outputs = case.data_sets[0]
    if not all(isinstance(x, (np.ndarray, np.generic)) for x in (*inputs, *outputs)):
        return None
    feed = {name: np.asarray(x) for name, x in zip(names, inputs)}
    data = compiled(case.model, feed)
    if data is None:
        return None
    expected = [np.asarray(y) for y in outputs]
    named = dict(zip((value.name for value in case.model.graph.output), expected))
    try:
        found = LiteRT.run(data, feed).outputs(named)
        for name, reference in named.items():
            np.testing.assert_allclose(found[name], reference, rtol=1e-3, atol=1e-4)
    except (AssertionError, RuntimeError, ValueError) as error:
        return str(error)
    return None


def compiled(model: onnx.ModelProto, feed: dict[str, np.ndarray]) -> bytes | None:
    """With the inputs behind the first as constants where it cannot be without."""
    for constants in ({}, {name: feed[name] for name in list(feed)[1:]}):
        try:
            report = edgert.compile(model, target="tflite", precision="fp32", constants=constants)
        except CompileError:
            continue
        return report.bundle
    return None
