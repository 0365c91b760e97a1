"""Recurrent layers in INT8 with calibration data: their cells do not drift."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert

HIDDEN, WIDTH = 32, 24


def network(cell: str) -> onnx.ModelProto:
    """One step of a recurrent layer after a dense one; the state is an input and an output."""
    rng = np.random.default_rng(2)
    gates = {"LSTM": 4, "GRU": 3}[cell]
    constants = {
        "d": rng.normal(size=(16, WIDTH)) / 4,
        "w": rng.normal(size=(1, gates * HIDDEN, WIDTH)) / 5,
        "r": rng.normal(size=(1, gates * HIDDEN, HIDDEN)) / 6,
        "o": rng.normal(size=(HIDDEN, 8)) / 5,
    }
    state = [1, 1, HIDDEN]
    states = {"h": state, "c": state} if cell == "LSTM" else {"h": state}
    node = helper.make_node
    reads = ["sequence", "w", "r", "", "", *states]
    nodes = [
        node("MatMul", ["x", "d"], ["dense"]),
        node("Unsqueeze", ["dense", "zero"], ["sequence"]),
        node(cell, reads, ["", *(f"{s}2" for s in states)], hidden_size=HIDDEN, name="layer"),
        node("Squeeze", ["h2", "zero"], ["step"]),
        node("MatMul", ["step", "o"], ["y"], name="head"),
    ]

    def values(ports):
        return [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in ports.items()]

    graph = helper.make_graph(
        nodes,
        "g",
        values({"x": [1, 16], **states}),
        values({"y": [1, 8], **{f"{s}2": shape for s, shape in states.items()}}),
        [
            *(numpy_helper.from_array(a.astype(np.float32), n) for n, a in constants.items()),
            numpy_helper.from_array(np.array([0]), "zero"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def stream(count: int, seed: int) -> list[dict[str, np.ndarray]]:
    """A slow walk with rare jumps."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(count, 1, 16)) * np.where(rng.random((count, 1, 1)) < 0.05, 3, 0.2)
    return [{"x": x.astype(np.float32)} for x in np.cumsum(steps, axis=0) * 0.2]


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_errors_do_not_add_up_from_step_to_step(cell):
    model = network(cell)
    state = {"h2": "h", "c2": "c"} if cell == "LSTM" else {"h2": "h"}
    exact = edgert.compile(model, precision="fp32", state=state)
    int8 = edgert.compile(model, calibration=stream(200, 0), state=state)
    reasons = {node.reason for node in int8.nodes if node.precision == "float"}
    assert any("recurrent cell" in reason for reason in reasons)
    assert any(node.precision in ("int8", "dynamic") for node in int8.nodes)
    runs = [edgert.load(report.bundle).run for report in (exact, int8)]
    outputs = [np.concatenate([run(feed["x"]) for feed in stream(400, 1)]) for run in runs]
    error = np.sqrt(np.mean((outputs[0] - outputs[1]) ** 2, axis=1)) / outputs[0].std()
    assert error[:100].mean() < 0.05
    assert error[-100:].mean() < 0.05
