"""Small models for the tests."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize

Array = np.ndarray


class Builder:
    """Writes a model node by node; weights are random, values are named by the caller."""

    def __init__(self, shape: tuple[int, ...], seed: int = 0, opset: int = 17) -> None:
        self.random = np.random.default_rng(seed)
        self.shape, self.opset = shape, opset
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, array: Array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def weights(self, *shape: int) -> str:
        scale = 1.0 / np.sqrt(np.prod(shape[1:]))
        return self.constant((self.random.normal(size=shape) * scale).astype(np.float32))

    def node(self, op: str, inputs: list[str], output: str, **attributes) -> str:
        node = onnx.helper.make_node(op, inputs, [output], name=f"{op}:{output}", **attributes)
        self.nodes.append(node)
        return output

    def conv(self, x: str, y: str, c_in: int, c_out: int, kernel=1, group=1, stride=1) -> str:
        inputs = [x, self.weights(c_out, c_in // group, kernel, kernel), self.weights(c_out)]
        pads = [kernel // 2] * 4
        return self.node("Conv", inputs, y, group=group, pads=pads, strides=[stride] * 2)

    def build(self, *outputs: str) -> onnx.ModelProto:
        value = onnx.helper.make_tensor_value_info
        graph = onnx.helper.make_graph(
            self.nodes,
            "test",
            [value("x", onnx.TensorProto.FLOAT, self.shape)],
            [value(name, onnx.TensorProto.FLOAT, None) for name in outputs],
            self.constants,
        )
        opset = onnx.helper.make_opsetid("", self.opset)
        model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
        return onnx.shape_inference.infer_shapes(model)


def optimized(model: onnx.ModelProto) -> ir.Model:
    return optimize(load_model(model))


def residual_cnn(opset: int = 17) -> onnx.ModelProto:
    """Convolution, depthwise convolution, residual sum, pool, classifier."""
    b = Builder((1, 3, 16, 16), opset=opset)
    b.node("Relu", [b.conv("x", "stem_linear", 3, 16, 3, stride=2)], "stem")
    b.conv("stem", "depthwise_linear", 16, 16, 3, group=16)
    b.node("Clip", ["depthwise_linear", b.constant(np.float32(0)), b.constant(np.float32(6))], "dw")
    b.conv("dw", "project", 16, 16)
    b.node("Relu", [b.node("Add", ["project", "stem"], "sum")], "block")
    b.conv("block", "head", 16, 10)
    b.node("GlobalAveragePool", ["head"], "pooled")
    b.node("Flatten", ["pooled"], "logits")
    return b.build("logits")


def concat_cnn() -> onnx.ModelProto:
    """Two branches of different magnitude, concatenated, pooled, and read by a convolution."""
    b = Builder((1, 3, 16, 16), seed=1)
    b.node("Relu", [b.conv("x", "a_linear", 3, 8, 3)], "a")
    b.node("Sigmoid", [b.conv("x", "b_linear", 3, 8, 1)], "b")
    b.node("Concat", ["a", "b"], "joined", axis=1)
    b.node("MaxPool", ["joined"], "pooled", kernel_shape=[2, 2], strides=[2, 2])
    b.conv("pooled", "y", 16, 4, 3)
    return b.build("y")


def feeds(shape: tuple[int, ...], count: int = 8, seed: int = 5) -> list[dict[str, Array]]:
    random = np.random.default_rng(seed)
    return [{"x": random.normal(size=shape).astype(np.float32)} for _ in range(count)]


def attention_scores() -> onnx.ModelProto:
    """x -> two products -> their product 'scores' -> Softmax, which computes in float"""
    b = Builder((1, 6, 16))
    b.node("MatMul", ["x", b.weights(16, 16)], "queries")
    b.node("MatMul", ["x", b.weights(16, 16)], "keys")
    b.node("Transpose", ["keys"], "turned", perm=[0, 2, 1])
    b.node("MatMul", ["queries", "turned"], "scores")
    b.node("Softmax", ["scores"], "y", axis=-1)
    return b.build("y")
