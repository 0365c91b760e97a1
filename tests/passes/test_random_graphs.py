"""Random graphs of layers that rules look for: numbers, names and shapes never change."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize

from .cases import histogram, same_numbers

SHAPE = (1, 4, 6, 6)


class Graph:
    """Builds a random graph over values of one shape."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.values = ["x"]

    def constant(self, array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def normal(self, *shape: int) -> str:
        return self.constant((self.rng.standard_normal(shape) * 0.4).astype(np.float32))

    def op(self, kind: str, *inputs: str, **attributes) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def pick(self) -> str:
        """Recent values are more likely, so that chains form."""
        index = int(len(self.values) * self.rng.random() ** 0.4)
        return self.values[min(index, len(self.values) - 1)]

    def step(self) -> None:
        layer = LAYERS[self.rng.integers(len(LAYERS))]
        self.values.append(layer(self))

    def model(self, outputs: int) -> onnx.ModelProto:
        chosen = sorted({self.values[-1], *(self.pick() for _ in range(outputs - 1))} - {"x"})
        info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, SHAPE) for n in ("x", *chosen)]
        graph = helper.make_graph(self.nodes, "random", info[:1], info[1:], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def conv(g: Graph) -> str:
    group = int(g.rng.choice([1, 2, 4]))
    inputs = [g.pick(), g.normal(4, 4 // group, 3, 3)]
    if g.rng.random() < 0.5:
        inputs.append(g.normal(4))
    return g.op("Conv", *inputs, group=group, pads=[1, 1, 1, 1])


def pointwise(g: Graph) -> str:
    return g.op("Conv", g.pick(), g.normal(4, 4, 1, 1))


def padded_conv(g: Graph) -> str:
    value = g.constant(np.float32(g.rng.choice([0, 0, 1])))
    pad = g.op("Pad", g.pick(), g.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1])), value)
    return g.op("Conv", pad, g.normal(4, 4, 3, 3))


def padded_pool(g: Graph) -> str:
    pad = g.op("Pad", g.pick(), g.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1])))
    return g.op(str(g.rng.choice(["MaxPool", "AveragePool"])), pad, kernel_shape=[3, 3])


def transposed_conv(g: Graph) -> str:
    return g.op("ConvTranspose", g.pick(), g.normal(4, 2, 3, 3), group=2, pads=[1, 1, 1, 1])


def batch_norm(g: Graph) -> str:
    variance = g.constant((g.rng.random(4) + 0.5).astype(np.float32))
    return g.op("BatchNormalization", g.pick(), *(g.normal(4) for _ in range(3)), variance)


def affine(g: Graph) -> str:
    shapes = [(), (1,), (4, 1, 1), (1, 4, 1, 1), (6,), (6, 6), (4, 6, 6)]
    operands = [g.pick(), g.normal(*shapes[g.rng.integers(len(shapes))])]
    kind = str(g.rng.choice(["Add", "Mul", "Sub"]))
    if g.rng.random() < 0.3:
        operands.reverse()
    return g.op(kind, *operands)


def divide(g: Graph) -> str:
    divisor = g.constant(np.float32(g.rng.choice([2, 3, 6])))
    return g.op("Div", g.pick(), divisor)


def binary(g: Graph) -> str:
    return g.op(str(g.rng.choice(["Add", "Add", "Add", "Mul", "Max"])), g.pick(), g.pick())


def activation(g: Graph) -> str:
    kinds = ["Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Identity"]
    return g.op(str(g.rng.choice(kinds)), g.pick())


def clip(g: Graph) -> str:
    low, high = sorted(g.rng.standard_normal(2).astype(np.float32))
    return g.op("Clip", g.pick(), g.constant(low), g.constant(high))


def gate(g: Graph) -> str:
    x = g.pick()
    if g.rng.random() < 0.5:
        return g.op("Mul", x, g.op("Sigmoid", x))
    three, zero, six = (g.constant(np.float32(v)) for v in (3, 0, 6))
    limited = g.op("Clip", g.op("Add", x, three), zero, six)
    return g.op("Div", g.op("Mul", x, limited), six)


def transposes(g: Graph) -> str:
    inside = g.op("Transpose", g.pick(), perm=[0, 2, 3, 1])
    if g.rng.random() < 0.7:
        inside = g.op("Add", inside, g.normal(4))
    if g.rng.random() < 0.5:
        inside = g.op("MatMul", inside, g.normal(4, 4))
    return g.op("Transpose", inside, perm=[0, 3, 1, 2])


def reshapes(g: Graph) -> str:
    flat = g.op("Reshape", g.pick(), g.constant(np.array([1, 4, 36])))
    if g.rng.random() < 0.5:
        flat = g.op("Relu", flat)
    return g.op("Reshape", flat, g.constant(np.array([0, 4, 6, -1])))


def halves(g: Graph) -> str:
    split = [f"v{len(g.nodes)}a", f"v{len(g.nodes)}b"]
    g.nodes.append(helper.make_node("Split", [g.pick()], split, axis=1))
    if g.rng.random() < 0.5:
        split[0] = g.op("Relu", split[0])
    return g.op("Concat", *split, axis=1)


LAYERS = (conv, pointwise, padded_conv, padded_pool, transposed_conv, batch_norm, affine, divide,
          binary, activation, clip, gate, transposes, reshapes, halves)  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_random_graph(seed):
    graph = Graph(seed)
    for _ in range(int(graph.rng.integers(3, 25))):
        graph.step()
    proto = graph.model(outputs=int(graph.rng.integers(1, 4)))
    onnx.checker.check_model(proto)
    model = optimize(load_model(proto))
    same_numbers(proto, model, rtol=1e-3)
    assert not {"Conv", "ConvTranspose", "BatchNormalization"} & set(histogram(model))
