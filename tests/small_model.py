"""A small network with every kind of convolution that has microkernels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class _Builder:
    """Nodes in a row, each with random weights."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(11)
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, *shape: int) -> str:
        values = self.rng.normal(size=shape).astype(np.float32) / np.sqrt(np.prod(shape[1:]))
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def node(self, op: str, *inputs: str, **attributes: object) -> str:
        output = f"value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def conv(
        self, x: str, cin: int, cout: int, kernel: int, stride: int = 1, group: int = 1
    ) -> str:
        weights = self.constant(cout, cin // group, kernel, kernel)
        pads = [kernel // 2] * 4
        return self.node(
            "Conv", x, weights, self.constant(cout), pads=pads, strides=[stride] * 2, group=group
        )


def save_small_model(path: Path) -> None:
    """Writes it: input [1, 3, 33, 29], output [1, 10]. Channel counts are no multiples of 16."""
    b = _Builder()
    x = b.node("Relu", b.conv("input", 3, 24, 3, stride=2))
    x = b.node("Relu", b.conv(x, 24, 24, 3, group=24))
    skip = b.conv(x, 24, 40, 1)
    x = b.node("Relu", b.conv(skip, 40, 72, 1))
    x = b.node("Relu", b.conv(x, 72, 72, 5, group=72))
    x = b.node("Add", b.conv(x, 72, 40, 1), skip)
    x = b.node("Relu", b.conv(x, 40, 48, 3, stride=2))
    x = b.node("Relu", b.conv(x, 48, 48, 3, stride=2, group=48))
    x = b.node("Flatten", b.node("GlobalAveragePool", x))
    x = b.node("Gemm", x, b.constant(48, 10), b.constant(10))
    graph = helper.make_graph(
        b.nodes,
        "small",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 33, 29])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, [1, 10])],
        b.initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
