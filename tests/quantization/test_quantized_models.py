"""Models that onnxruntime's quantizers write, compiled, beside onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)

import edgert

TYPES = [
    (QuantType.QUInt8, QuantType.QInt8),
    (QuantType.QInt8, QuantType.QInt8),
    (QuantType.QUInt8, QuantType.QUInt8),
]


def weights(rng, *shape):
    fan_in = shape[0] if len(shape) == 2 else np.prod(shape[1:])
    return (rng.standard_normal(shape) / np.sqrt(fan_in)).astype(np.float32)


def model_of(nodes, inputs, outputs, constants):
    """inputs, outputs: shapes by name. Float32 throughout."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node(op, i.split(), o.split(), **attributes)
            for op, i, o, attributes in nodes
        ],
        "model",
        [value(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [value(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def convolutional(rng):
    """Every operator that the quantizer has a form of its own for, in images."""
    return model_of(
        [
            ("Conv", "x w1 b1", "a", {"pads": [1] * 4}),
            ("LeakyRelu", "a", "b", {"alpha": 0.1}),
            ("MaxPool", "b", "c", {"kernel_shape": [2, 2], "strides": [2, 2]}),
            ("Conv", "c w2", "d", {"pads": [1] * 4}),
            ("Sigmoid", "d", "e", {}),
            ("Mul", "d e", "f", {}),
            ("Add", "f c", "g", {}),
            ("AveragePool", "g", "h", {"kernel_shape": [2, 2], "strides": [2, 2]}),
            ("Concat", "h h", "i", {"axis": 1}),
            ("GlobalAveragePool", "i", "j", {}),
            ("Flatten", "j", "k", {}),
            ("Gemm", "k w3 b3", "y", {"transB": 1}),
        ],
        {"x": [1, 8, 16, 16]},
        {"y": [1, 10]},
        {
            "w1": weights(rng, 16, 8, 3, 3),
            "b1": weights(rng, 1, 16)[0],
            "w2": weights(rng, 16, 16, 3, 3),
            "w3": weights(rng, 10, 32),
            "b3": weights(rng, 1, 10)[0],
        },
    )


def perceptron(rng):
    return model_of(
        [
            ("MatMul", "x w1", "a", {}),
            ("Add", "a b1", "b", {}),
            ("Relu", "b", "c", {}),
            ("Gemm", "c w2 b2", "y", {}),
        ],
        {"x": [4, 96]},
        {"y": [4, 10]},
        {
            "w1": weights(rng, 96, 128),
            "b1": weights(rng, 1, 128)[0],
            "w2": weights(rng, 128, 10),
            "b2": weights(rng, 1, 10)[0],
        },
    )


def recurrent(rng):
    return model_of(
        [("LSTM", "x w r b", "all y last", {"hidden_size": 32})],
        {"x": [5, 1, 24]},
        {"y": [1, 1, 32]},
        {
            "w": weights(rng, 1, 128, 24),
            "r": weights(rng, 1, 128, 32),
            "b": weights(rng, 1, 256),
        },
    )


MODELS = {"cnn": convolutional, "mlp": perceptron, "lstm": recurrent}


def build(name):
    """The model, and feeds for it."""
    rng = np.random.default_rng(5)
    model = MODELS[name](rng)
    shape = [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim]
    return model, [{"x": rng.standard_normal(shape).astype(np.float32)} for _ in range(8)]


class Reader(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def by_onnxruntime(model, feed):
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, feed)[0]


def output_scale(model):
    """The quantum of a quantized model's output."""
    (last,) = (node for node in model.graph.node if node.output[0] == "y")
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    return float(numpy_helper.to_array(constants[last.input[1]]))


@pytest.mark.parametrize("quant_format", QuantFormat)
@pytest.mark.parametrize(("activation", "weight"), TYPES)
@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_static(name, per_channel, activation, weight, quant_format, tmp_path):
    model, feeds = build(name)
    onnx.save(model, tmp_path / "float.onnx")
    quantize_static(
        tmp_path / "float.onnx",
        tmp_path / "int8.onnx",
        Reader(feeds),
        quant_format=quant_format,
        activation_type=activation,
        weight_type=weight,
        per_channel=per_channel,
    )
    quantized = onnx.load(tmp_path / "int8.onnx")
    report = edgert.compile(quantized)
    products = [node for node in report.nodes if node.op in ("Conv", "Gemm")]
    assert products
    assert all(node.precision == "int8" for node in products)
    session = edgert.InferenceSession(report.bundle)
    for feed in feeds:
        expected = by_onnxruntime(quantized, feed)
        error = np.abs(session.run(None, feed)[0] - expected) / output_scale(quantized)
        assert error.max() <= 3  # operators on the way may each be off by one of their quanta
        assert error.mean() <= 1


@pytest.mark.parametrize("weight", [QuantType.QInt8, QuantType.QUInt8])
@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_dynamic(name, per_channel, weight, tmp_path):
    model, feeds = build(name)
    onnx.save(model, tmp_path / "float.onnx")
    quantize_dynamic(
        tmp_path / "float.onnx",
        tmp_path / "int8.onnx",
        weight_type=weight,
        per_channel=per_channel,
    )
    quantized = onnx.load(tmp_path / "int8.onnx")
    assert any("Integer" in n.op_type or "Dynamic" in n.op_type for n in quantized.graph.node)
    report = edgert.compile(quantized)
    assert any(node.precision == "dynamic" for node in report.nodes)
    session = edgert.InferenceSession(report.bundle)
    exact = edgert.InferenceSession(edgert.compile(quantized, precision="fp32").bundle)
    for feed in feeds:
        expected = by_onnxruntime(quantized, feed)
        largest = np.abs(expected).max()
        assert np.abs(session.run(None, feed)[0] - expected).max() < 0.025 * largest
        assert np.abs(exact.run(None, feed)[0] - expected).max() < 0.025 * largest


@pytest.mark.parametrize("quant_format", QuantFormat)
@pytest.mark.parametrize("symmetric", [True, False])
def test_weights_of_four_bits(symmetric, quant_format):
    model, feeds = build("mlp")
    config = DefaultWeightOnlyQuantConfig(
        block_size=32, is_symmetric=symmetric, quant_format=quant_format
    )
    quantizer = MatMulNBitsQuantizer(model, algo_config=config)
    quantizer.process()
    quantized = quantizer.model.model
    report = edgert.compile(quantized)
    assert any("scales of blocks" in note for note in report.notes)
    session = edgert.InferenceSession(report.bundle)
    exact = edgert.InferenceSession(edgert.compile(quantized, precision="fp32").bundle)
    for feed in feeds:
        expected = by_onnxruntime(quantized, feed)
        largest = np.abs(expected).max()
        assert np.abs(exact.run(None, feed)[0] - expected).max() < 1e-5 * largest
        assert np.abs(session.run(None, feed)[0] - expected).max() < 0.02 * largest


def integer_input_model():
    """uint8 pixels that are dequantized, convolved and quantized, as converted models have them."""
    rng = np.random.default_rng(6)
    constants = {
        "s": np.float32(0.02),
        "z": np.uint8(120),
        "ys": np.float32(0.03),
        "yz": np.uint8(128),
        "w": weights(rng, 16, 8, 3, 3),
    }
    nodes = [
        helper.make_node("DequantizeLinear", ["x", "s", "z"], ["d"]),
        helper.make_node("Conv", ["d", "w"], ["c"]),
        helper.make_node("QuantizeLinear", ["c", "ys", "yz"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "ys", "yz"], ["e"]),
        helper.make_node("Conv", ["e", "v"], ["y"]),
    ]
    constants["v"] = weights(rng, 4, 16, 1, 1)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "pixels",
        [value("x", TensorProto.UINT8, [1, 8, 8, 8])],
        [value("y", TensorProto.FLOAT, [1, 4, 6, 6])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_integer_inputs_go_straight_into_int8():
    model = integer_input_model()
    report = edgert.compile(model)
    assert [n.precision for n in report.nodes if n.op == "Conv"] == ["int8", "int8"]
    feed = {"x": np.random.default_rng(7).integers(0, 256, (1, 8, 8, 8)).astype(np.uint8)}
    expected = by_onnxruntime(model, feed)
    actual = edgert.InferenceSession(report.bundle).run(None, feed)[0]
    assert np.abs(actual - expected).max() < 0.03 * np.abs(expected).max()
