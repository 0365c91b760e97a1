"""Small networks with random weights, in float32 and INT8; onnxruntime says what to expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime

from .cases import NETWORKS, Arrays, Case

_SAMPLES = 8  # for calibration
_OPSET = 19


@dataclass(frozen=True)
class Network:
    """A model as text from x to y, and the shapes of its weights (scaled by their fan-in)."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    body: str
    weights: Mapping[str, tuple[int, ...]]

    def model(self, rng: np.random.Generator) -> onnx.ModelProto:
        signature = f"(float{list(self.inputs)} x) => (float{list(self.outputs)} y)"
        model = onnx.parser.parse_model(
            f'<ir_version: 8, opset_import: ["" : {_OPSET}]> net {signature} {{ {self.body} }}'
        )
        for name, shape in self.weights.items():
            fan_in = max(1.0, float(np.prod(shape[1:])))
            values = (rng.standard_normal(shape) / np.sqrt(fan_in)).astype(np.float32)
            model.graph.initializer.append(onnx.numpy_helper.from_array(values, name))
        onnx.checker.check_model(model)
        return model


def networks() -> Iterator[Case]:
    """Each once in float32 and once in INT8."""
    for seed, network in enumerate(_ALL):
        rng = np.random.default_rng(seed)
        model = network.model(rng)
        feed, *calibration = (
            {"x": rng.standard_normal(network.inputs).astype(np.float32)}
            for _ in range(1 + _SAMPLES)
        )
        expected = _onnxruntime(model, feed)
        yield Case(f"{network.name}_fp32", NETWORKS, model, feed, expected, atol=1e-4)
        yield Case(f"{network.name}_int8", NETWORKS, model, feed, expected, calibration=calibration)


def _onnxruntime(model: onnx.ModelProto, feed: Arrays) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, dict(feed))


_ALL = (
    Network(
        "convolutional",
        (1, 3, 24, 20),
        (1, 10),
        """a = Conv<pads = [1, 1, 1, 1], strides = [2, 2]>(x, w1, b1) b = Relu(a)
        c = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(b)
        d = Conv<pads = [1, 1, 1, 1]>(c, w2, b2) e = Relu(d)
        f = GlobalAveragePool(e) g = Flatten(f) y = Gemm<transB = 1>(g, w3, b3)""",
        {"w1": (12, 3, 3, 3), "b1": (12,), "w2": (20, 12, 3, 3), "b2": (20,)}
        | {"w3": (10, 20), "b3": (10,)},
    ),
    Network(
        "residual",
        (1, 8, 12, 12),
        (1, 16, 6, 6),
        """a = Conv<pads = [1, 1, 1, 1]>(x, w1, b1) b = Relu(a)
        c = Conv<pads = [1, 1, 1, 1]>(b, w2, b2) d = Add(c, x) e = Relu(d)
        f = Conv<pads = [1, 1, 1, 1], strides = [2, 2]>(e, w3, b3)
        g = Conv<strides = [2, 2]>(e, w4, b4) h = Add(f, g) y = Relu(h)""",
        {"w1": (8, 8, 3, 3), "b1": (8,), "w2": (8, 8, 3, 3), "b2": (8,)}
        | {"w3": (16, 8, 3, 3), "b3": (16,), "w4": (16, 8, 1, 1), "b4": (16,)},
    ),
    Network(
        "depthwise",
        (1, 8, 14, 14),
        (1, 8, 14, 14),
        """zero = Constant<value = float {0.0}>() six = Constant<value = float {6.0}>()
        a = Conv(x, w1, b1) b = Clip(a, zero, six)
        c = Conv<group = 24, pads = [1, 1, 1, 1]>(b, w2, b2) d = HardSwish(c)
        e = Conv(d, w3, b3) y = Add(e, x)""",
        {"w1": (24, 8, 1, 1), "b1": (24,), "w2": (24, 1, 3, 3), "b2": (24,)}
        | {"w3": (8, 24, 1, 1), "b3": (8,)},
    ),
    Network(
        "transposed_convolution",
        (1, 6, 7, 9),
        (1, 4, 14, 18),
        """a = Conv<pads = [1, 1, 1, 1]>(x, w1, b1) b = Relu(a)
        c = ConvTranspose<strides = [2, 2], pads = [1, 1, 1, 1], kernel_shape = [4, 4]>(b, w2, b2)
        y = Sigmoid(c)""",
        {"w1": (10, 6, 3, 3), "b1": (10,), "w2": (10, 4, 4, 4), "b2": (4,)},
    ),
    Network(
        "attention",
        (1, 9, 16),
        (1, 9, 16),
        """shape = Constant<value = int64[4] {1, 9, 4, 4}>()
        back = Constant<value = int64[3] {1, 9, 16}>()
        two = Constant<value = float {2.0}>()
        n = LayerNormalization(x, gain, shift)
        q = MatMul(n, wq) k = MatMul(n, wk) v = MatMul(n, wv)
        qs = Reshape(q, shape) ks = Reshape(k, shape) vs = Reshape(v, shape)
        qt = Transpose<perm = [0, 2, 1, 3]>(qs)
        kt = Transpose<perm = [0, 2, 3, 1]>(ks)
        vt = Transpose<perm = [0, 2, 1, 3]>(vs)
        s = MatMul(qt, kt) t = Div(s, two) p = Softmax(t) o = MatMul(p, vt)
        m = Transpose<perm = [0, 2, 1, 3]>(o) r = Reshape(m, back)
        u = MatMul(r, wo) y = Add(u, x)""",
        {"gain": (16,), "shift": (16,), "wq": (16, 16), "wk": (16, 16), "wv": (16, 16)}
        | {"wo": (16, 16)},
    ),
    Network(
        "lstm",
        (6, 1, 8),
        (6, 1, 5),
        """h = LSTM<hidden_size = 12>(x, w, r, b)
        axis = Constant<value = int64[1] {1}>() s = Squeeze(h, axis) y = MatMul(s, head)""",
        {"w": (1, 48, 8), "r": (1, 48, 12), "b": (1, 96), "head": (12, 5)},
    ),
)
