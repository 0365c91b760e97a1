"""Models with control flow that really runs, in ONNX's text syntax, and inputs for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx

from tests.passes.cases import build

_RNG = np.random.default_rng(11)


def normal(*shape: int, scale: float = 1.0) -> np.ndarray:
    return (_RNG.standard_normal(shape) * scale).astype(np.float32)


def true(value: bool = True) -> np.ndarray:
    return np.array(value)


@dataclass(frozen=True)
class Model:
    """`feeds` are several sets of inputs that take different ways through the model."""

    proto: onnx.ModelProto
    feeds: tuple[dict[str, np.ndarray], ...]


def sample_rates() -> Model:
    """A voice detector's form: another network for each of two sample rates."""
    body = """
        wanted = Constant<value_int=16000>()
        wide = Equal(sr, wanted)
        p, next = If(wide) <
            then_branch = wide_band () => (float[1,1] p16, float[1,8] s16) {
                a = Conv<strides=[4]>(x, w16)
                b = Relu(a)
                c = ReduceMean<axes=[2], keepdims=0>(b)
                s16 = Tanh(c)
                d = MatMul(s16, head)
                p16 = Sigmoid(d)
            },
            else_branch = narrow_band () => (float[1,1] p8, float[1,8] s8) {
                a = Conv<strides=[2]>(x, w8)
                c = ReduceMax<axes=[2], keepdims=0>(a)
                s8 = Add(c, state)
                d = MatMul(s8, head)
                p8 = Sigmoid(d)
            }
        >
    """
    signature = "(float[1,1,256] x, float[1,8] state, int64 sr) => (float[1,1] p, float[1,8] next)"
    constants = {"w16": normal(8, 1, 16), "w8": normal(8, 1, 6), "head": normal(8, 1)}
    inputs = {"x": normal(1, 1, 256), "state": normal(1, 8)}
    return Model(
        build(signature, body, **constants),
        tuple({**inputs, "sr": np.array(rate)} for rate in (16000, 8000)),
    )


def greedy_decoder() -> Model:
    """Tokens one after another until the end token comes: the trip count depends on data."""
    body = """
        limit = Constant<value_int=40>()
        yes = Constant<value=bool {1}>()
        last, hidden = Loop(limit, yes, first, start) <
            body = step (int64 i, bool go, int64[1] token, float[1,12] h)
                => (bool more, int64[1] next, float[1,12] h2)
            {
                e = Gather(table, token)
                m = MatMul(h, w)
                s = Add(e, m)
                h2 = Tanh(s)
                logits = MatMul(h2, out)
                best = ArgMax<axis=1, keepdims=0>(logits)
                next = Identity(best)
                end = Constant<value_ints=[0]>()
                same = Equal(best, end)
                differs = Not(same)
                axes = Constant<value_ints=[0]>()
                more = Squeeze(differs, axes)
            }
        >
    """
    signature = "(int64[1] first, float[1,12] start) => (int64[1] last, float[1,12] hidden)"
    constants = {"table": normal(9, 12), "w": normal(12, 12, scale=0.4), "out": normal(12, 9)}
    feeds = tuple({"first": np.array([t]), "start": normal(1, 12)} for t in range(1, 9))
    return Model(build(signature, body, **constants), feeds)


def scan_rnn() -> Model:
    """A recurrent network over a sequence, too long to unroll; both directions of time."""
    body = """
        final, forth, back = Scan(h, x, x) <
            num_scan_inputs = 2,
            scan_input_directions = [0, 1],
            scan_output_directions = [0, 1],
            scan_output_axes = [1, 0],
            body = step (float[2,8] s, float[2,5] x_t, float[2,5] x_r)
                => (float[2,8] next, float[2,8] a, float[2,5] b)
            {
                u = MatMul(x_t, w)
                v = MatMul(s, r)
                sum = Add(u, v)
                next = Tanh(sum)
                a = Identity(next)
                b = Mul(x_r, x_t)
            }
        >
    """
    signature = (
        "(float[2,8] h, float[70,2,5] x) => "
        "(float[2,8] final, float[2,70,8] forth, float[70,2,5] back)"
    )
    constants = {"w": normal(5, 8), "r": normal(8, 8, scale=0.3)}
    return Model(build(signature, body, **constants), ({"h": normal(2, 8), "x": normal(70, 2, 5)},))


def if_in_loop() -> Model:
    """A branch in each iteration, which reads values of the iteration and from outside."""
    body = """
        y, trace = Loop(n, yes, x) <
            body = step (int64 i, bool go, float[4] v) => (bool on, float[4] next, float[4] seen) {
                total = ReduceSum<keepdims=0>(v)
                zero = Constant<value_float=0.0>()
                up = Less(total, zero)
                next = If(up) <
                    then_branch = rise () => (float[4] t) { t = Add(v, step) },
                    else_branch = fall () => (float[4] e) { d = Mul(step, step) e = Sub(v, d) }
                >
                seen = Neg(v)
                on = Identity(go)
            }
        >
    """
    signature = "(float[4] x, float[4] step, bool yes) => (float[4] y, float[rows,4] trace)"
    feeds = tuple({"x": normal(4), "step": normal(4), "yes": true(i < 3)} for i in range(4))
    return Model(build(signature, body, n=np.array(50)), feeds)


def swap() -> Model:
    """Values that change places in each iteration, and one that another one becomes."""
    body = """
        p, q, r = Loop(n, yes, a, b, c) <
            body = step (int64 i, bool go, float[3] u, float[3] v, float[3] w)
                => (bool on, float[3] u2, float[3] v2, float[3] w2)
            {
                u2 = Identity(v)
                v2 = Identity(u)
                w2 = Identity(u)
                on = Identity(go)
            }
        >
    """
    signature = (
        "(float[3] a, float[3] b, float[3] c, int64 n, bool yes) => "
        "(float[3] p, float[3] q, float[3] r)"
    )
    values = {name: normal(3) for name in "abc"}
    feeds = tuple(
        {**values, "n": np.array(n), "yes": true(yes)}
        for n in (0, 1, 2, 7)
        for yes in (True, False)
    )
    return Model(build(signature, body), feeds)


def nested_loops() -> Model:
    """A loop in a loop; the inner one's trip count is the outer one's iteration."""
    body = """
        y, rows = Loop(n, yes, x) <
            body = outer (int64 i, bool go, float[2,3] v)
                => (bool on, float[2,3] next, float[2] row)
            {
                two = Constant<value_int=2>()
                count = Mod(i, two)
                inner = Loop(count, go, v) <
                    body = inside (int64 j, bool run, float[2,3] w)
                        => (bool still, float[2,3] w2)
                    {
                        f = Mul(w, scale)
                        w2 = Add(f, v)
                        still = Identity(run)
                    }
                >
                next = Tanh(inner)
                row = ReduceSum<keepdims=0>(next, axis)
                on = Identity(go)
            }
        >
    """
    signature = "(float[2,3] x, float[1,3] scale) => (float[2,3] y, float[60,2] rows)"
    constants = {"n": np.array(60), "yes": true(), "axis": np.array([1])}
    feeds = ({"x": normal(2, 3), "scale": normal(1, 3)},)
    return Model(build(signature, body, **constants), feeds)


def convolution_in_loop() -> Model:
    """Images go from iteration to iteration; the body has fused convolutions."""
    body = """
        y = Loop(n, yes, x) <
            body = step (int64 i, bool go, float[1,6,9,7] v) => (bool on, float[1,6,9,7] next) {
                a = Conv<pads=[1,1,1,1]>(v, w)
                b = Relu(a)
                c = Conv<pads=[1,1,1,1], group=6>(b, d)
                s = Add(c, guide)
                next = Tanh(s)
                on = Identity(go)
            }
        >
    """
    signature = "(float[1,6,9,7] x, float[1,6,9,7] guide, int64 n) => (float[1,6,9,7] y)"
    constants = {
        "w": normal(6, 6, 3, 3, scale=0.2),
        "d": normal(6, 1, 3, 3, scale=0.5),
        "yes": true(),
    }
    inputs = {"x": normal(1, 6, 9, 7), "guide": normal(1, 6, 9, 7)}
    feeds = tuple({**inputs, "n": np.array(n)} for n in (0, 1, 6))
    return Model(build(signature, body, **constants), feeds)


def nested_branches() -> Model:
    """Branches in branches; results that are inputs, constants and shared values."""
    body = """
        shared = Exp(x)
        y, z = If(a) <
            then_branch = t () => (float[5] y1, float[5] z1) {
                y1 = If(b) <
                    then_branch = tt () => (float[5] p) { p = Sin(shared) },
                    else_branch = te () => (float[5] q) { q = Identity(x) }
                >
                z1 = Identity(seven)
            },
            else_branch = e () => (float[5] y2, float[5] z2) {
                y2 = Cos(shared)
                z2 = If(b) <
                    then_branch = et () => (float[5] r) { r = Sqrt(shared) },
                    else_branch = ee () => (float[5] s) { s = Add(shared, y2) }
                >
            }
        >
    """
    signature = "(float[5] x, bool a, bool b) => (float[5] y, float[5] z)"
    x = normal(5)
    both = (True, False)
    feeds = tuple({"x": x, "a": true(a), "b": true(b)} for a in both for b in both)
    return Model(build(signature, body, seven=np.full(5, 7, np.float32)), feeds)


MODELS: dict[str, Callable[[], Model]] = {
    f.__name__: f
    for f in (
        sample_rates,
        greedy_decoder,
        scan_rnn,
        if_in_loop,
        swap,
        nested_loops,
        convolution_in_loop,
        nested_branches,
    )
}
