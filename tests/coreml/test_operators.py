"""ONNX's own node cases: the saved package computes what the standard says, or it is refused."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
import pytest

from edgert.errors import CompileError
from edgert_targets.coreml.mil.ops.registry import all_ops
from tests.coreml.packages import compiled, run

# Those lowered, and those that the passes turn into them.
OPERATORS = {op_type for _, op_type in all_ops()} | {
    "BatchNormalization",
    "Flatten",
    "GRU",
    "GatherElements",
    "Gemm",
    "Hardmax",
    "LSTM",
    "LpNormalization",
    "Mean",
    "OneHot",
    "RNN",
    "Squeeze",
    "Sum",
    "Swish",
    "Unsqueeze",
    "Upsample",
}

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from onnx.backend.test.case.node import collect_testcases

    CASES = {
        case.name: case
        for case in collect_testcases(None)
        if "expanded" not in case.name
        and OPERATORS.issuperset(node.op_type for node in case.model.graph.node)
        and all(isinstance(array, np.ndarray) for array in case.data_sets[0][0])
    }


def freeze(model: onnx.ModelProto, arrays: list[np.ndarray]) -> onnx.ModelProto:
    """All inputs but the first become constants: weights, shapes, axes."""
    frozen = onnx.ModelProto.FromString(model.SerializeToString())
    names = [value.name for value in frozen.graph.input]
    del frozen.graph.input[1:]
    frozen.graph.initializer.extend(
        onnx.numpy_helper.from_array(np.asarray(array), name)
        for name, array in list(zip(names, arrays))[1:]
    )
    return frozen


@pytest.mark.parametrize("name", CASES)
def test_node_case(name: str, tmp_path) -> None:
    case = CASES[name]
    arrays, expected = case.data_sets[0]
    try:
        _, package = compiled(case.model, tmp_path, precision="fp32")
    except CompileError:
        try:
            _, package = compiled(freeze(case.model, arrays), tmp_path, precision="fp32")
        except CompileError as error:
            pytest.skip(str(error).splitlines()[-1].strip())
    feeds = dict(zip((value.name for value in case.model.graph.input), arrays))
    outputs = run(package, list(feeds.values())[: len(package.inputs)])
    assert len(outputs) == len(expected)
    for output, reference in zip(outputs, expected):
        reference = np.asarray(reference)
        assert output.shape == reference.shape
        rtol = 2e-3 if reference.dtype == np.float16 else 1e-3
        np.testing.assert_allclose(output, reference.astype(output.dtype), rtol=rtol, atol=1e-5)
