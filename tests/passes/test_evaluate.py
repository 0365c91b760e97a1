"""Evaluation on constants, where it does more than ONNX's reference implementation."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from edgert_compiler.importer import load_model


@pytest.mark.parametrize(
    ("data", "indices", "axis"),
    [((1, 80), (1, 24), 1), ((3, 5), (3, 7), -1), ((70, 3), (9, 3), 0), ((2, 3, 4), (2, 2, 5), 2)],
)
def test_gather_elements(data: tuple[int, ...], indices: tuple[int, ...], axis: int) -> None:
    rng = np.random.default_rng(3)
    constants = {
        "data": rng.normal(size=data).astype(np.float32),
        "indices": rng.integers(-data[axis], data[axis], size=indices),
    }
    graph = helper.make_graph(
        [
            helper.make_node("GatherElements", ["data", "indices"], ["y"], axis=axis),
            helper.make_node("Add", ["x", "y"], ["z"]),
        ],
        "gathered",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, indices)],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, indices)],
        [
            helper.make_tensor(k, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape, v.ravel())
            for k, v in constants.items()
        ],
    )
    source = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    found = load_model(source)
    assert [node.op_type for node in found.graph] == ["Add"]
    folded = found.graph.node(0).inputs[1].const_value.numpy()
    session = onnxruntime.InferenceSession(source.SerializeToString())
    (expected,) = session.run(None, {"x": np.zeros(indices, np.float32)})
    np.testing.assert_array_equal(folded, expected)
