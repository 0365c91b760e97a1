"""Models of ai.onnx.ml nodes, compiled and compared with onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnxruntime
from onnx import helper

import edgert


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, np.ndarray],
    outputs: Mapping[str, int],
    opset: int = 3,
    initializers: Sequence[onnx.TensorProto] = (),
) -> onnx.ModelProto:
    """A model whose inputs have the shapes and types of the arrays.

    Of the outputs the element types are given; `label` is a vector, others are matrices.
    """
    graph = helper.make_graph(
        list(nodes),
        "model",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in inputs.items()
        ],
        [
            helper.make_tensor_value_info(name, dtype, [None] * (1 if name == "label" else 2))
            for name, dtype in outputs.items()
        ],
        list(initializers),
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def ml_node(op: str, inputs: Sequence[str], outputs: Sequence[str], **attributes) -> onnx.NodeProto:
    """A node of ai.onnx.ml."""
    return helper.make_node(op, list(inputs), list(outputs), domain="ai.onnx.ml", **attributes)


def reference(proto: onnx.ModelProto, feed: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """onnxruntime's outputs, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    data = proto.SerializeToString()
    return onnxruntime.InferenceSession(data, options).run(None, dict(feed))


def run(proto: onnx.ModelProto, feed: Mapping[str, np.ndarray], **options) -> list[np.ndarray]:
    """Outputs of the compiled model."""
    report = edgert.compile(proto, precision="fp32", **options)
    return edgert.InferenceSession(report.bundle, num_threads=2).run(None, dict(feed))


def check(proto: onnx.ModelProto, feed: Mapping[str, np.ndarray], rtol: float = 1e-5) -> None:
    """Integers are equal to onnxruntime's, floats within 1e-5."""
    for output, expected in zip(run(proto, feed), reference(proto, feed)):
        compare(output, np.asarray(expected), rtol)


def compare(output: np.ndarray, expected: np.ndarray, rtol: float = 1e-5) -> None:
    """Shape, type and values."""
    assert output.shape == expected.shape
    assert output.dtype == expected.dtype
    if output.dtype.kind == "f":
        np.testing.assert_allclose(output, expected, rtol=rtol, atol=rtol)
    else:
        np.testing.assert_array_equal(output, expected)


def check_export(proto: onnx.ModelProto, feed: Mapping[str, np.ndarray]) -> None:
    """`check` for a model whose batch is open."""
    shapes = {name: array.shape for name, array in feed.items()}
    for output, expected in zip(run(proto, feed, input_shapes=shapes), reference(proto, feed)):
        compare(output, np.asarray(expected))
