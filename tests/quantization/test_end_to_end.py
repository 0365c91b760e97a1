"""From ONNX to a running INT8 bundle, against onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from onnx import numpy_helper
from onnxruntime.quantization import QuantType

import edgert
from edgert_compiler.bundles import compile_float
from edgert_compiler.quantization.calibration import calibration_model, wanted
from edgert_compiler.quantization.qdq_export import to_qdq
from edgert_compiler.quantization.quantize import bundle_run, calibrate, quantize_calibrated
from tests.quantization.models import concat_cnn, feeds, optimized, residual_cnn
from tests.quantization.reference import Reference
from tests.quantization.test_qdq import SHAPE, quantized_by_onnxruntime

MODELS = {"residual": residual_cnn, "concat": concat_cnn}


def assert_within_quanta(actual, expected, count):
    """At most `count` of 255 steps apart, on average less than half of one."""
    quantum = (expected.max() - expected.min()) / 255
    error = np.abs(actual - expected)
    assert error.max() < count * quantum
    assert error.mean() < 0.5 * quantum


@pytest.mark.parametrize("name", MODELS)
def test_calibration_sees_what_onnxruntime_computes(name):
    model = optimized(MODELS[name]())
    observed = calibration_model(model, wanted(model))
    run, reference = bundle_run(compile_float(observed)), Reference(observed)
    (feed,) = feeds(SHAPE, 1)
    outputs = run(feed)
    for value, expected in reference(feed).items():
        np.testing.assert_allclose(outputs[value], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("observer", ["min_max", "percentile", "mse"])
def test_calibrated_bundle_computes_what_its_plan_says(name, observer):
    source = MODELS[name]()
    data = feeds(SHAPE)
    model = optimized(source)
    quantized = quantize_calibrated(model, calibrate(model, data, compile_float), observer)
    planned = Reference(ir.to_proto(to_qdq(quantized.model, quantized.plan)))
    session = edgert.load(edgert.compile(source, calibration=data, observer=observer).bundle)
    for feed in feeds(SHAPE, 3, seed=9):
        for actual, expected in zip(session.run(feed), planned(feed).values()):
            assert_within_quanta(np.asarray(actual), expected, 4)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("activation", [QuantType.QInt8, QuantType.QUInt8], ids=["s8", "u8"])
@pytest.mark.parametrize("per_channel", [True, False], ids=["channel", "tensor"])
def test_qdq_model_runs_as_in_onnxruntime(name, activation, per_channel, tmp_path):
    source = quantized_by_onnxruntime(
        MODELS[name](), tmp_path, activation_type=activation, per_channel=per_channel
    )
    report = edgert.compile(source)
    assert report.precision == "int8"
    session, reference = edgert.load(report.bundle), Reference(source)
    for feed in feeds(SHAPE, 3, seed=9):
        for actual, expected in zip(session.run(feed), reference(feed).values()):
            assert_within_quanta(np.asarray(actual), expected, 6)


@pytest.mark.parametrize("name", MODELS)
def test_dynamic_bundle_is_close_to_float(name):
    source = MODELS[name]()
    session, reference = edgert.load(edgert.compile(source).bundle), Reference(source)
    for feed in feeds(SHAPE, 3, seed=9):
        for actual, expected in zip(session.run(feed), reference(feed).values()):
            assert_within_quanta(np.asarray(actual), expected, 4)


def attention() -> onnx.ModelProto:
    """Self-attention over x [1, 12, 16] in one head, as exporters write it."""
    random = np.random.default_rng(3)
    names = ("q", "k", "v", "o")
    weights = [
        numpy_helper.from_array(random.normal(0, 0.25, (16, 16)).astype(np.float32), f"w_{n}")
        for n in names
    ]
    node = onnx.helper.make_node
    nodes = [node("MatMul", ["x", f"w_{n}"], [n]) for n in names[:3]]
    nodes += [
        node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
        node("MatMul", ["q", "kt"], ["scores"]),
        node("Softmax", ["scores"], ["weights"], axis=-1),
        node("MatMul", ["weights", "v"], ["mixed"]),
        node("MatMul", ["mixed", "w_o"], ["projected"]),
        node("Add", ["projected", "x"], ["y"]),
    ]
    ports = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 12, 16])
        for name in ("x", "y")
    ]
    graph = onnx.helper.make_graph(nodes, "attention", ports[:1], ports[1:], weights)
    opset = onnx.helper.make_opsetid("", 17)
    return onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)


def test_products_of_computed_operands_in_int8():
    source = attention()
    data = feeds((1, 12, 16))
    report = edgert.compile(source, calibration=data)
    assert "int8" in {node.precision for node in report.nodes if node.op == "MatMul"}
    session, reference = edgert.load(report.bundle), Reference(source)
    for feed in feeds((1, 12, 16), 3, seed=9):
        expected = reference(feed)["y"]
        noise = np.square(session.run(feed) - expected).mean() / np.square(expected).mean()
        assert noise < 0.02, "softmax amplifies what rounding x to int8 costs"
