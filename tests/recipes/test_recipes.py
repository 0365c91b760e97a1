"""docs/add-an-op.md and docs/add-a-pass.md work as they stand: new files are all it takes."""

from __future__ import annotations

import pytest

from edgert import _abi

USE_SQUAREPLUS = """
import numpy as np
from onnx import TensorProto, helper, numpy_helper

import edgert

random = np.random.default_rng(0)
weights = [random.standard_normal(s).astype(np.float32) / 4 for s in ((16, 32), (32, 8))]
nodes = [
    helper.make_node("MatMul", ["x", "w0"], ["a"]),
    helper.make_node("Squareplus", ["a"], ["b"], name="new", domain="com.example", b=2.0),
    helper.make_node("MatMul", ["b", "w1"], ["y"]),
]
port = helper.make_tensor_value_info
graph = helper.make_graph(
    nodes,
    "g",
    [port("x", TensorProto.FLOAT, [4, 16])],
    [port("y", TensorProto.FLOAT, [4, 8])],
    [numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(weights)],
    value_info=[port("b", TensorProto.FLOAT, [4, 32])],
)
opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
model = helper.make_model(graph, opset_imports=opsets)

x = random.standard_normal((4, 16)).astype(np.float32)
a = x @ weights[0]
expected = (a + np.sqrt(a * a + 2)) / 2 @ weights[1]

y = edgert.load(edgert.compile(model, precision="fp32").bundle).run(x)
np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)

samples = [{"x": random.standard_normal((4, 16)).astype(np.float32)} for _ in range(16)]
samples.append({"x": x})
report = edgert.compile(model, precision="int8", calibration=samples)
assert [n.precision for n in report.nodes if "new" in n.name] == ["int8"], report
y = edgert.load(report.bundle).run(x)
error = np.sqrt(np.mean((y - expected) ** 2) / np.mean(expected**2))
assert 0 < error < 0.02, error
print("same numbers")
"""


@pytest.mark.recipes
def test_an_operator_is_three_new_files(checkout):
    added = checkout.follow("add-an-op.md")
    assert added == [
        "edgert/core/kernels/elementwise/ops/squareplus.cc",
        "compiler/edgert_compiler/operators/elementwise/squareplus.py",
        "edgert/core/tests/elementwise/squareplus.cc",
    ]
    checkout.build()
    checkout.core_tests("*elementwise operator agrees*")
    assert checkout.python("-c", USE_SQUAREPLUS).endswith("same numbers\n")
    assert sorted(checkout.status()) == sorted(f"?? {path}" for path in added)


def test_a_rewrite_rule_is_two_new_files(checkout):
    """The rule, and its case: structure, numbers, refusal."""
    added = checkout.follow("add-a-pass.md")
    assert added == [
        "compiler/edgert_compiler/passes/rules/double_negation.py",
        "tests/passes/test_double_negation.py",
    ]
    tests = ["tests/passes/test_double_negation.py", "tests/passes/test_every_rule_is_tested.py"]
    output = checkout.python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, EDGERT_LIBRARY=_abi.library_path()
    )
    assert "3 passed" in output
    assert sorted(checkout.status()) == sorted(f"?? {path}" for path in added)
