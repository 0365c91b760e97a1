"""Sequences and optional values: operators and numbers before and after, and the refusals."""

import numpy as np
import pytest

from edgert.errors import CompileError
from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize

from .cases import Case, build, histogram, ints, same_numbers

ZERO, ONE, LAST = np.array(0), np.array(1), np.array(-1)

CASES = [
    Case("sequence_edit", "(float[2] x) => (float[4] y)",
         "r = Relu(x) n = Neg(x) s = SequenceConstruct(x, r) t = SequenceInsert(s, n, last) "
         "u = SequenceErase(t, zero) y = ConcatFromSequence<axis=0>(u)",
         "Relu Mul Concat", {"zero": ZERO, "last": LAST}),
    Case("sequence_edit", "(float[2] x) => (float[4] y)",
         "r = Relu(x) e = SequenceEmpty() s = SequenceInsert(e, r) t = SequenceInsert(s, x, one) "
         "n = Neg(x) u = SequenceInsert(t, n) v = SequenceErase(u) "
         "y = ConcatFromSequence<axis=-1>(v)",
         "Relu Concat", {"one": ONE}),
    Case("sequence_read", "(float[2] x) => (float[2] y)",
         "r = Relu(x) s = SequenceConstruct(r, x) n = SequenceLength(s) f = Cast<to=1>(n) "
         "a = SequenceAt(s, last) b = SequenceAt(s, zero) c = Sub(a, b) y = Mul(c, f)",
         "Relu Sub Mul", {"zero": ZERO, "last": LAST}),
    Case("sequence_read", "(float[2] x) => (float[2,2] y)",
         "r = Relu(x) s = SequenceConstruct(x, r) y = ConcatFromSequence<axis=-1, new_axis=1>(s)",
         "Relu Reshape Reshape Concat"),
    Case("split_to_sequence", "(float[5,2] x) => (float[1,2] y)",
         "s = SplitToSequence(x, two) t = SequenceAt(s, last) y = Neg(t)",
         "Split Mul", {"two": np.array(2), "last": LAST}),
    Case("split_to_sequence", "(float[5,2] x) => (float[4,2] y)",
         "s = SplitToSequence(x, sizes) t = SequenceAt(s, last) y = Neg(t)",
         "Split Mul", {"sizes": ints(1, 4), "last": LAST}),
    Case("split_to_sequence", "(float[2,3] x) => (float[2] y)",
         "s = SplitToSequence<axis=-1, keepdims=0>(x) t = SequenceAt(s, one) y = Neg(t)",
         "Split Reshape Mul", {"one": ONE}),
    Case("optional_element", "(float[2] x) => (float[2] y)",
         "r = Relu(x) o = Optional(r) h = OptionalHasElement(o) g = OptionalGetElement(o) "
         "y = If(h) <then_branch = there () => (float[2] a) { a = Neg(g) }, "
         "else_branch = absent () => (float[2] b) { b = Exp(x) }>",
         "Relu Mul", opset=18),
    Case("sequence_read", "(float[2] x, int64 i) => (float[2] y)",
         "s = SequenceConstruct(x, x) y = SequenceAt(s, i)",
         "SequenceConstruct SequenceAt", refusal="the position is computed"),
    Case("optional_element", "(float[2] x) => (float[2] y)",
         "h = OptionalHasElement(x) g = OptionalGetElement(x) f = Cast<to=1>(h) y = Add(g, f)",
         "Add", opset=18),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sequence_rules(case, caplog):
    case.check(caplog)


STEPS = """
    t = SplitToSequence<axis=0, keepdims=0>(x)
    n = SequenceLength(t)
    e = SequenceEmpty()
    s, last = Loop(n, true, e, h) <
        body = step (int64 i, bool c, seq(float[2]) u, float[2] k)
            => (bool d, seq(float[2]) v, float[2] m) {
            d = Identity(c) z = SequenceAt(t, i) a = Add(z, k) m = Tanh(a) v = SequenceInsert(u, m)
        }
    >
    y = ConcatFromSequence<axis=0, new_axis=1>(s)
"""


def test_a_recurrence_that_appends_to_a_list():
    """As TorchScript exports `for z in x.unbind(0): h = tanh(z + h); out.append(h)`."""
    signature = "(float[4,2] x, float[2] h) => (float[4,2] y, float[2] last)"
    original = build(signature, STEPS, true=np.array(True))
    model = optimize(load_model(original))
    assert histogram(model)["Tanh"] == 4
    assert not {"Loop", "SequenceInsert"} & set(histogram(model))
    same_numbers(original, model)


PYRAMID = """
    a = MaxPool<kernel_shape=[2, 2], strides=[2, 2]>(x)
    b = Relu(x)
    c = SequenceConstruct(a, b)
    n = SequenceMap(c) <
        body = level (float[1,2,h,w] i) => (float[1,2,h,w] o) { s = Sigmoid(i) o = Mul(i, s) }
    >
    p = SequenceAt(n, zero)
    q = SequenceAt(n, minus_one)
    r = GlobalAveragePool(p)
    t = GlobalAveragePool(q)
    u = SequenceConstruct(r, t)
    y = ConcatFromSequence<axis=1>(u)
"""


def test_levels_of_a_pyramid_in_a_list():
    """As detectors keep features of several sizes."""
    original = build("(float[1,2,8,8] x) => (float[1,4,1,1] y)", PYRAMID, zero=ZERO, minus_one=LAST)
    model = optimize(load_model(original))
    assert not any("Sequence" in op for op in histogram(model))
    assert "Loop" not in histogram(model)
    same_numbers(original, model)


@pytest.mark.parametrize("body", ["y = SequenceAt(s, three)", "t = SequenceErase(s, three) "
                                  "y = SequenceAt(t, zero)"])  # fmt: skip
def test_a_position_outside_is_an_error(body):
    model = build("(float[2] x) => (float[2] y)", f"s = SequenceConstruct(x, x) {body}",
                  three=np.array(3), zero=ZERO)  # fmt: skip
    with pytest.raises(CompileError, match="no position 3 in a sequence of 2"):
        load_model(model)


def test_a_sequence_of_empty_tensors_has_a_length():
    """The shape of a sequence is that of its elements; it is no tensor without elements."""
    body = "s = SequenceConstruct(z, z) n = SequenceLength(s) f = Cast<to=1>(n) y = Mul(x, f)"
    original = build("(float[2] x) => (float[2] y)", body, z=np.zeros((0, 2), np.float32))
    model = optimize(load_model(original))
    assert histogram(model) == {"Mul": 1}
    same_numbers(original, model)
