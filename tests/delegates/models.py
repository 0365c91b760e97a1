"""Models for delegation."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def convolutions(middle: str = "Relu") -> onnx.ModelProto:
    """Two convolutions of 9.4 M multiply-accumulates with an operator between: [1, 32, 32, 32]."""
    rng = np.random.default_rng(3)
    weights = [
        numpy_helper.from_array(
            (rng.standard_normal((32, 32, 3, 3)) / 17).astype(np.float32), f"w{i}"
        )
        for i in range(2)
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], "first", pads=[1, 1, 1, 1]),
        helper.make_node(middle, ["a"], ["b"], "middle"),
        helper.make_node("Conv", ["b", "w1"], ["c"], "second", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["y"], "last"),
    ]
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 32, 32, 32]) for name in "xy"
    ]
    graph = helper.make_graph(nodes, "convolutions", ports[:1], ports[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def images(count: int = 4) -> list[dict[str, np.ndarray]]:
    """Inputs of these models."""
    shape = (count, 1, 32, 32, 32)
    return [{"x": x} for x in np.random.default_rng(5).standard_normal(shape).astype(np.float32)]
