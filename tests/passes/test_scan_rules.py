"""Scan of opset 8: before and after, and the refusal."""

import pytest

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize
from edgert_compiler.unsupported import unsupported

from .cases import Case, build

SCAN = """f, y = Scan(, h, x) <
    num_scan_inputs = 1,
    directions = [1],
    body = step (float[2] s, float[2] x) => (float[2] t, float[2] y) {
        t = Add(s, x) y = Mul(s, x)
    }
>"""

CASES = [
    Case(
        "scan_batch",
        "(float[1,2] h, float[1,3,2] x) => (float[1,2] f, float[1,3,2] y)",
        SCAN,
        "Gather " * 3 + "Add Mul " * 3 + "Concat " + "Reshape " * 7,
        opset=8,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_scan_rules(case, caplog):
    case.check(caplog)


def test_a_larger_batch_is_refused_in_its_own_form():
    signature = "(float[2,2] h, float[2,3,2] x) => (float[2,2] f, float[2,3,2] y)"
    (found,) = unsupported(optimize(load_model(build(signature, SCAN, 8))))
    assert found.op == "Scan"
    assert "a batch of more than one sequence" in found.reason
