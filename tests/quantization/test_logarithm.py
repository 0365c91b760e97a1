"""A front end that takes a logarithm stays in float; what comes after it does not."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert


def spectral(bias: bool) -> onnx.ModelProto:
    """Log of the energy in bands of a transform, then two layers."""
    rng = np.random.default_rng(5)
    angles = 2 * np.pi * np.outer(np.arange(64), np.arange(32)) / 64
    constants = {
        "cos": np.cos(angles),
        "sin": np.sin(angles),
        "bands": rng.random((32, 12)) / 32,
        "floor": np.array(1e-6),
        "w": rng.normal(size=(12, 24)) / 12,
        "b": rng.normal(size=24),
        "v": rng.normal(size=(24, 8)) / 5,
        "level": rng.random(12) + 1,
    }
    node = helper.make_node
    energy = [node("MatMul", ["energy", "bands"], ["banded"])]
    if bias:
        energy = [
            node("MatMul", ["energy", "bands"], ["unbiased"]),
            node("Add", ["unbiased", "level"], ["banded"]),
        ]
    nodes = [
        node("MatMul", ["x", "cos"], ["re"], name="cosines"),
        node("MatMul", ["x", "sin"], ["im"], name="sines"),
        node("Mul", ["re", "re"], ["re2"]),
        node("Mul", ["im", "im"], ["im2"]),
        node("Add", ["re2", "im2"], ["energy"]),
        *energy,
        node("Max", ["banded", "floor"], ["above"]),
        node("Log", ["above"], ["features"], name="log"),
        node("MatMul", ["features", "w"], ["h0"], name="layer"),
        node("Add", ["h0", "b"], ["h1"]),
        node("Relu", ["h1"], ["h2"]),
        node("MatMul", ["h2", "v"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8])],
        [numpy_helper.from_array(a.astype(np.float32), n) for n, a in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def sounds(count: int, seed: int) -> list[np.ndarray]:
    """From whispers to shouts: their energies differ by six orders of magnitude."""
    rng = np.random.default_rng(seed)
    levels = 10 ** rng.uniform(-3, 0, count)
    return [(level * rng.normal(size=(1, 64))).astype(np.float32) for level in levels]


@pytest.fixture(scope="module")
def report():
    return edgert.compile(spectral(bias=False), calibration=[{"x": x} for x in sounds(64, 0)])


def test_the_way_to_the_logarithm_is_float_and_says_why(report):
    nodes = {node.name: node for node in report.nodes}
    for name in ("cosines", "sines"):
        assert nodes[name].precision == "float"
        assert "leads to the logarithm 'log'" in nodes[name].reason
    [layer] = [node for name, node in nodes.items() if name.startswith("layer")]
    assert layer.precision == "int8"


def test_quiet_inputs_are_told_apart(report):
    session = edgert.InferenceSession(report.bundle)
    reference = onnxruntime.InferenceSession(spectral(bias=False).SerializeToString())
    feeds = [{"x": x} for x in sounds(50, 1)]
    expected = np.concatenate([reference.run(None, feed)[0] for feed in feeds])
    found = np.concatenate([session.run(None, feed)[0] for feed in feeds])
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.05 * expected.std()


def test_a_layer_with_a_bias_ends_the_way():
    calibration = [{"x": x} for x in sounds(16, 0)]
    report = edgert.compile(spectral(bias=True), calibration=calibration)
    precisions = {node.name: node.precision for node in report.nodes}
    assert precisions["cosines"] == "int8"
