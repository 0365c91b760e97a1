"""Rules of operators that read and write at run-time indices, or whose sizes depend on data."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
import pytest

import edgert

from .cases import Case, ints
from .expand import random_feeds, run_onnx


class BoundedCase(Case):
    """A model with outputs whose size is known after a run: compared as a bundle."""

    def compare(self, original: onnx.ModelProto, model: ir.Model) -> None:
        """The outputs of a run have the shapes and values of onnxruntime's."""
        feeds = random_feeds(original)
        session = edgert.InferenceSession(edgert.compile(original, precision="fp32").bundle)
        for expected, actual in zip(run_onnx(original, feeds), session.run(None, feeds)):
            assert actual.shape == expected.shape
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


X = "(float[5,3] x) => (float[n,3] y)"
NUMBERS = {
    "zero": np.zeros((), np.float32),
    "first": ints(0),
    "last": ints(-1),
    "one": ints(1),
    "two": ints(2),
}
# `a` are the rows of x that begin with a positive number.
ROWS = (
    "c = Slice(x, first, one, one) h = Greater(c, zero) f = Reshape(h, last)"
    " a = Compress<axis=0>(x, f)"
)
PICK = "Slice Greater Reshape edgert.Positions edgert.Bound Gather"

CASES = [
    Case(
        "scatter_forms",
        "(float[3,4] x, int64[2,4] i, float[2,4] u) => (float[3,4] y)",
        "y = Scatter<axis=0>(x, i, u)",
        "ScatterElements",
        opset=9,
    ),
    Case(
        "max_unpool",
        "(float[1,2,7,6] x) => (float[1,2,4,3] y, int64[1,2,4,3] i)",
        "y, i = MaxPool<kernel_shape=[3,2], strides=[2,2], pads=[1,0,1,0]>(x)",
        "Reshape Gather TopK Reshape Reshape Add Gather Add Reshape",
    ),
    Case(
        "max_unpool",
        "(float[1,1,2,2] x, int64[1,1,2,2] i) => (float[1,1,5,5] y)",
        "y = MaxUnpool<kernel_shape=[2,2], strides=[2,2]>(x, i, size)",
        "Reshape Reshape ScatterElements Reshape Pad",
        {"size": ints(1, 1, 5, 5)},
    ),
    Case(
        "col2im",
        "(float[1,8,20] x) => (float[1,2,4,5] y)",
        "y = Col2Im<pads=[0,1,1,0]>(x, size, block)",
        "Reshape Transpose Reshape ScatterND Transpose Reshape Slice",
        {"size": ints(4, 5), "block": ints(2, 2)},
        opset=18,
    ),
    Case(
        "computed_indices",
        "(float[5,3,2] x, int64[3] n) => (float[5,3,2] y)",
        "m = Add(n, two) y = ReverseSequence(x, m)",
        "Add Reshape Sub Sub Less Where Add Reshape Transpose Reshape Gather Reshape Transpose",
        {"two": ints(2)},
    ),
    Case(
        "computed_indices",
        "(float[2,5,4] x, int64 k) => (float[2,5,4] y)",
        "y = Trilu<upper=0>(x, k)",
        "LessOrEqual Where",
    ),
    Case(
        "computed_indices",
        "(float[7,3] x, int64[1] s) => (float[4,3] y)",
        "e = Add(s, four) y = Slice(x, s, e)",
        "Add Gather",
        {"four": ints(4)},
    ),
    BoundedCase(
        "data_dependent",
        "(float[2,3] x) => (int64[2,n] y)",
        "y = NonZero(x)",
        "Cast Reshape edgert.Positions Div Mod Reshape Reshape Concat edgert.Bound",
    ),
    BoundedCase("data_dependent", X, f"{ROWS} y = Abs(a)", f"{PICK} Abs", NUMBERS),
    BoundedCase(
        "data_dependent",
        "(int64[6] x) => (int64[n] y, int64[n] z)",
        "y, z = Unique(x)",
        "Reshape edgert.Distinct edgert.Bound Gather",
    ),
    BoundedCase(
        "bounded_shape",
        "(float[5,3] x) => (int64[2] y)",
        f"{ROWS} y = Shape(a)",
        "Slice Greater Reshape edgert.Positions Concat",
        NUMBERS,
    ),
    BoundedCase(
        "bounded_concat",
        X,
        f"{ROWS} y = Concat<axis=0>(a, x)",
        f"{PICK} edgert.Unbound Less Concat Concat edgert.Positions edgert.Bound Gather",
        NUMBERS,
    ),
    BoundedCase(
        "bounded_concat",
        X,
        f"{ROWS} p = Concat<axis=0>(a, x) n = Neg(a) q = Concat<axis=0>(n, x) y = Mul(p, q)",
        f"{PICK} Mul edgert.Unbound edgert.Unbound Less Concat edgert.Positions edgert.Bound"
        " Concat Gather Concat Gather Mul",
        NUMBERS,
    ),
    BoundedCase(
        "bounded_operands",
        "(float[5,3] x) => (float[m] y)",
        f"{ROWS} y = Reshape(a, last)",
        f"{PICK} edgert.Unbound Reshape Mul edgert.Bound",
        NUMBERS,
    ),
    BoundedCase(
        "bounded_operands",
        "(float[5,3] x) => (float[n] y)",
        f"{ROWS} s = Shape(a) k = Slice(s, first, one) y = ConstantOfShape(k)",
        "Slice Greater Reshape edgert.Positions edgert.Bound",
        NUMBERS,
    ),
    BoundedCase(
        "bounded_operands",
        "(float[5,3] x) => (float[n,3] y)",
        f"{ROWS} y = Slice(a, first, two)",
        f"{PICK} edgert.Unbound Slice Min edgert.Bound",
        NUMBERS,
    ),
    BoundedCase(
        "bounded_operands",
        "(float[5,3] x) => (float[n,3] y)",
        f"{ROWS} y = Slice(a, one, two)",
        f"{PICK} edgert.Unbound Slice Min Sub Max edgert.Bound",
        NUMBERS,
    ),
    BoundedCase(
        "bounded_reductions",
        "(float[5,3] x) => (float[1,3] y)",
        f"{ROWS} y = ReduceMax<axes=[0]>(a)",
        f"{PICK} edgert.Unbound Less Where ReduceMax",
        NUMBERS,
    ),
    BoundedCase("bounded_reductions", X, f"{ROWS} y = Softmax<axis=0>(a)",
                f"{PICK} edgert.Unbound Less Where Softmax edgert.Bound", NUMBERS),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rule(case, caplog):
    case.check(caplog)
