"""Random bodies of loops, with branches in them, against onnxruntime."""

from __future__ import annotations

import random
from unittest import mock

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgert
from edgert_compiler.passes import iterations
from tests.passes.cases import build

onnxruntime = pytest.importorskip("onnxruntime")

UNARY = ("Neg", "Tanh", "Relu", "Sin")
BINARY = ("Add", "Sub", "Mul", "Max")
STATES = 3


class Body:
    """Statements over matrices [3, 4]; `values` are what the next statement may read."""

    def __init__(self, random: random.Random, values: list[str], prefix: str) -> None:
        self.random = random
        self.values = list(values)
        self.prefix = prefix
        self.lines: list[str] = []

    def pick(self) -> str:
        return self.random.choice(self.values)

    def step(self) -> None:
        name = f"{self.prefix}{len(self.lines)}"
        kind = self.random.random()
        if kind < 0.3:
            line = f"{name} = {self.random.choice(UNARY)}({self.pick()})"
        elif kind < 0.6:
            line = f"{name} = {self.random.choice(BINARY)}({self.pick()}, {self.pick()})"
        elif kind < 0.7:
            line = f"{name} = MatMul({self.pick()}, square)"
        elif kind < 0.8:
            part = f"{name}t = Transpose({self.pick()})"
            line = f"{part} {name} = Reshape({name}t, dims)"
        elif kind < 0.9 or len(self.prefix) > 2:
            line = f"{name} = Concat<axis=0>({self.pick()}, {self.pick()})"
            line += f" {name}s = Slice({name}, one, four, none) "
            name += "s"
        else:
            line = self.branch(name)
        self.lines.append(line)
        self.values.append(name)

    def branch(self, name: str) -> str:
        sides = [Body(self.random, self.values, f"{name}{side}") for side in "ab"]
        for side in sides:
            for _ in range(self.random.randint(0, 2)):
                side.step()
        bodies = []
        for keyword, side in zip(("then_branch", "else_branch"), sides):
            result = f"{side.prefix}r"
            code = " ".join([*side.lines, f"{result} = Identity({side.pick()})"])
            bodies.append(f"{keyword} = {side.prefix}g () => (float[3,4] {result}) {{ {code} }}")
        sum_ = f"{name}m = ReduceSum<keepdims=0>({self.pick()}) {name}c = Less({name}m, nil)"
        return f"{sum_} {name} = If({name}c) < {', '.join(bodies)} >"


def model(seed: int) -> onnx.ModelProto:
    chosen = random.Random(seed)
    states = [f"s{i}" for i in range(STATES)]
    body = Body(chosen, [*states, "outside"], "v")
    for _ in range(chosen.randint(1, 6)):
        body.step()
    results = [chosen.choice([body.pick(), chosen.choice(states)]) for _ in range(STATES + 1)]
    code = body.lines + [f"n{i} = Identity({value})" for i, value in enumerate(results)]
    if chosen.random() < 0.5:
        code.append("sum = ReduceSum<keepdims=0>(n0) go_on = Less(sum, bound)")
    else:
        code.append("go_on = Identity(go)")
    inner = ", ".join(f"float[3,4] {s}" for s in states)
    outer = ", ".join(f"float[3,4] n{i}" for i in range(STATES + 1))
    loop = (
        f"f0, f1, f2, stack = Loop(trips, yes, x, x, y) < body = b "
        f"(int64 i, bool go, {inner}) => (bool go_on, {outer}) {{ {' '.join(code)} }} >"
    )
    constants = {
        "square": np.random.default_rng(seed).normal(size=(4, 4)).astype(np.float32) / 3,
        "dims": np.array([3, 4]),
        "one": np.array([1]),
        "four": np.array([4]),
        "none": np.array([0]),
        "nil": np.array(0, np.float32),
        "bound": np.array(3, np.float32),
        "trips": np.array(12),
        "yes": np.array(True),
    }
    signature = (
        "(float[3,4] x, float[3,4] y) => "
        "(float[3,4] f0, float[3,4] f1, float[3,4] f2, float[rows,3,4] stack)"
    )
    text = f"outside = Exp(y) {loop}"
    return build(signature, text, 13, **constants)


@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.integers(0, 2**32))
def test_random_loops_agree(seed):
    proto = model(seed)
    rng = np.random.default_rng(seed)
    feed = {name: rng.normal(size=(3, 4)).astype(np.float32) / 2 for name in "xy"}
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    expected = session.run(None, feed)
    with mock.patch.object(iterations, "UNROLLED_NODES", 0):
        bundle = edgert.compile(proto, precision="fp32").bundle
    results = edgert.InferenceSession(bundle).run(None, feed)
    for result, output in zip(results, expected):
        assert result.shape == output.shape
        finite = np.isfinite(output) & (np.abs(output) < 1e4)
        np.testing.assert_allclose(result[finite], output[finite], rtol=1e-3, atol=1e-3)
