"""Einsum: every kind of equation against onnxruntime and numpy, and those that do not fit."""

import numpy as np
import pytest

import edgert
from edgert.errors import CompileError
from edgert_compiler.importer import load_model

from .cases import Case, build

CASES = [
    Case(
        "einsum",
        "(float[2,3,4] x, float[2,5,4] z) => (float[2,3,5] y)",
        'y = Einsum<equation="bij,bkj->bik">(x, z)',
        "Transpose MatMul",
    ),
    Case(
        "einsum",
        "(float[4,4] x) => (float y)",
        'y = Einsum<equation="ii">(x)',
        "Reshape Slice ReduceSum",
    ),
]

EQUATIONS = {
    "ij,jk": [(2, 3), (3, 4)],
    "ij,jk->ki": [(2, 3), (3, 4)],
    "i,i->": [(5,), (5,)],
    "i,j->ij": [(3,), (4,)],
    "ij->": [(3, 4)],
    "ij->ji": [(3, 4)],
    "iij->ji": [(3, 3, 4)],
    "iiijj->ij": [(3, 3, 3, 2, 2)],
    "...ij,...jk->...ik": [(2, 1, 3, 4), (2, 5, 4, 2)],
    "...ii->...i": [(2, 3, 3)],
    "b...,b...": [(2, 3, 4), (2, 3, 4)],
    "i...->...": [(3, 2, 4)],
    "bhqd, bhkd -> bhqk": [(2, 3, 5, 4), (2, 3, 6, 4)],
    "bqhd,bkhd->bhqk": [(2, 5, 3, 4), (2, 6, 3, 4)],
    "ab,bc,cd->ad": [(2, 3), (3, 4), (4, 5)],
    "ab,bc,ca->": [(2, 3), (3, 4), (4, 2)],
    "ij,j,ij->i": [(3, 4), (4,), (3, 4)],
    "abc,d->ad": [(2, 3, 4), (5,)],
    "ii,ij->j": [(3, 3), (3, 4)],
    "Aa,aA->A": [(2, 3), (3, 2)],
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_einsum_rule(case, caplog):
    case.check(caplog)


def signature(shapes, kind: str = "float") -> str:
    inputs = ", ".join(f"{kind}[{','.join(map(str, s))}] x{i}" for i, s in enumerate(shapes))
    return f"({inputs}) => ({kind}[] y)"


def model(equation: str, shapes, result, kind: str = "float"):
    names = ", ".join(f"x{i}" for i in range(len(shapes)))
    size = f"[{','.join(map(str, result))}]" if result else ""
    text = signature(shapes, kind).replace(f"({kind}[] y)", f"({kind}{size} y)")
    return build(text, f'y = Einsum<equation="{equation}">({names})')


@pytest.mark.parametrize("kind", ["float", "int32"])
@pytest.mark.parametrize("equation", EQUATIONS)
def test_equation(equation: str, kind: str) -> None:
    shapes = EQUATIONS[equation]
    rng = np.random.default_rng(3)
    dtype = np.float32 if kind == "float" else np.int32
    operands = [rng.integers(-4, 5, shape).astype(dtype) for shape in shapes]
    expected = np.einsum(equation, *operands)
    proto = model(equation, shapes, expected.shape, kind)
    session = edgert.InferenceSession(edgert.compile(proto, precision="fp32").bundle)
    actual = session.run(None, {f"x{i}": a for i, a in enumerate(operands)})[0]
    assert actual.shape == expected.shape
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [("ij,jk->ik", [(2, 3), (4, 5)]), ("ij->ii", [(2, 2)]), ("ijk->i", [(2, 2)])],
)
def test_an_equation_that_does_not_fit_is_refused(equation, shapes) -> None:
    with pytest.raises(CompileError, match="Einsum"):
        load_model(model(equation, shapes, (2,)))
