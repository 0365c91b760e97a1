import numpy as np
import onnx
import onnx_ir as ir
import pytest
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize
from edgert_compiler.quantization.observers import find_observer
from edgert_compiler.quantization.plan import Precision
from edgert_compiler.quantization.qdq_export import to_qdq
from edgert_compiler.quantization.qdq_import import strip_qdq
from edgert_compiler.quantization.quantize import quantize_prescribed
from edgert_compiler.quantization.ranges import CalibratedRanges
from edgert_compiler.quantization.static import static_plan
from tests.quantization.models import concat_cnn, feeds, optimized, residual_cnn
from tests.quantization.reference import Reference, calibrate

SHAPE = (1, 3, 16, 16)
MODELS = {"residual": residual_cnn, "concat": concat_cnn}


def relative_error(actual, expected):
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


class Reader(CalibrationDataReader):
    def __init__(self):
        self.feeds = iter(feeds(SHAPE))

    def get_next(self):
        return next(self.feeds, None)


def quantized_by_onnxruntime(model, tmp_path, **options):
    onnx.save(model, tmp_path / "float.onnx")
    quantize_static(
        tmp_path / "float.onnx",
        tmp_path / "qdq.onnx",
        Reader(),
        quant_format=QuantFormat.QDQ,
        **options,
    )
    return onnx.load(tmp_path / "qdq.onnx")


@pytest.mark.parametrize("name", MODELS)
def test_export_without_plan_is_the_float_model(name):
    model = MODELS[name]()
    for feed in feeds(SHAPE, 2):
        expected = Reference(model)(feed)
        actual = Reference(optimized(model))(feed)
        for output, array in expected.items():
            np.testing.assert_allclose(actual[output], array, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_exported_plan_is_close_to_float_and_is_int8(name):
    model = optimized(MODELS[name]())
    statistics = calibrate(model, feeds(SHAPE))
    plan = static_plan(model, CalibratedRanges(statistics.histograms, find_observer("min_max")))
    exported = ir.to_proto(to_qdq(model, plan))
    onnx.checker.check_model(exported, full_check=True)
    int8 = [
        t for t in exported.graph.initializer if t.data_type == onnx.TensorProto.INT8 and t.dims
    ]
    assert len(int8) > len(plan.weights)  # weights and their zero points
    for feed in feeds(SHAPE, 2, seed=9):
        expected, actual = Reference(model)(feed), Reference(exported)(feed)
        for output, array in expected.items():
            assert 0 < relative_error(actual[output], array) < 0.05


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("activation", [QuantType.QInt8, QuantType.QUInt8], ids=["s8", "u8"])
@pytest.mark.parametrize("per_channel", [True, False], ids=["channel", "tensor"])
def test_import_computes_what_onnxruntime_computes(name, activation, per_channel, tmp_path):
    source = quantized_by_onnxruntime(
        MODELS[name](),
        tmp_path,
        activation_type=activation,
        weight_type=QuantType.QInt8,
        per_channel=per_channel,
    )
    stripped, prescription = strip_qdq(load_model(source))
    assert not any("Quantize" in node.op_type for node in stripped.graph)
    quantized = quantize_prescribed(optimize(stripped), prescription)
    products = [n.name for n in quantized.model.graph if n.domain == "edgert"]
    assert all(quantized.plan.precision(n) is Precision.INT8 for n in products)
    imported = Reference(to_qdq(quantized.model, quantized.plan))
    reference = Reference(source)
    for feed in feeds(SHAPE, 3, seed=9):
        expected = reference(feed)
        actual = imported(feed)
        for output, array in expected.items():
            quantum = (array.max() - array.min()) / 255
            error = np.abs(actual[output] - array)
            assert error.max() < 6 * quantum
            assert error.mean() < quantum


@pytest.mark.parametrize("name", MODELS)
def test_export_then_import_gives_the_same_plan(name):
    model = optimized(MODELS[name]())
    statistics = calibrate(model, feeds(SHAPE))
    plan = static_plan(model, CalibratedRanges(statistics.histograms, find_observer("min_max")))
    exported = ir.to_proto(to_qdq(model, plan))
    stripped, prescription = strip_qdq(load_model(exported))
    again = quantize_prescribed(optimize(stripped), prescription)
    assert sorted(again.plan.activations.values(), key=str) == sorted(
        plan.activations.values(), key=str
    )
    first = np.sort(np.concatenate([w.scale for w in plan.weights.values()]))
    second = np.sort(np.concatenate([w.scale for w in again.plan.weights.values()]))
    np.testing.assert_array_equal(first, second)


def qdq(zero_point_type, scale=0.1, zero_point=0, **attributes):
    """x -> Q -> DQ -> y with one kind of parameters."""
    value = onnx.helper.make_tensor_value_info
    constants = [
        onnx.numpy_helper.from_array(np.asarray(scale, np.float32), "s"),
        onnx.numpy_helper.from_array(np.asarray(zero_point, zero_point_type), "z"),
    ]
    nodes = [
        onnx.helper.make_node("Neg", ["x"], ["n"]),
        onnx.helper.make_node("QuantizeLinear", ["n", "s", "z"], ["q"], **attributes),
        onnx.helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"], **attributes),
        onnx.helper.make_node("Relu", ["d"], ["y"]),
    ]
    io = [value(name, onnx.TensorProto.FLOAT, [2, 3]) for name in "xy"]
    graph = onnx.helper.make_graph(nodes, "qdq", io[:1], io[1:], constants)
    return onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10
    )


@pytest.mark.parametrize(
    ("dtype", "zero_point", "expected"), [(np.int8, -3, -3), (np.uint8, 131, 3)]
)
def test_activation_parameters(dtype, zero_point, expected):
    _, prescription = strip_qdq(load_model(qdq(dtype, 0.25, zero_point)))
    (params,) = prescription.activations.values()
    assert (params.scale, params.zero_point) == (0.25, expected)


def test_sixteen_bits_are_rounded_by_arithmetic():
    model, prescription = strip_qdq(load_model(qdq(np.int16)))
    assert prescription.quantizes
    assert not prescription.activations
    assert prescription.wide == {"d": "to int16"}
    optimize(model)
    operators = [node.op_type for node in model.graph]
    assert operators == ["Mul", "Div", "Round", "Clip", "Mul", "Relu"]


def test_sixteen_bits_are_left_out_where_floats_cannot_hold_them():
    model, prescription = strip_qdq(load_model(qdq(np.int16)), wide=False)
    assert [node.op_type for node in model.graph] == ["Neg", "Relu"]
    assert prescription.quantizes


def test_activations_quantized_per_axis_are_left_alone():
    model, prescription = strip_qdq(load_model(qdq(np.int8, [0.1] * 3, [0] * 3, axis=1)))
    assert [node.op_type for node in model.graph][1:3] == ["QuantizeLinear", "DequantizeLinear"]
    assert prescription.wide == {"d": "to int8 with several scales"}


def test_a_float_model_prescribes_nothing():
    model = load_model(residual_cnn())
    stripped, prescription = strip_qdq(model)
    assert not prescription.quantizes
    assert [n.op_type for n in stripped.graph] == [n.op_type for n in model.graph]


@pytest.mark.parametrize("name", MODELS)
def test_without_its_pairs_a_model_keeps_the_relus_that_they_stand_for(name, tmp_path):
    """Quantizers leave out a Relu before a pair that cannot hold what is below zero."""
    quantized = quantized_by_onnxruntime(MODELS[name](), tmp_path)
    assert not {"Relu", "Clip"} & {node.op_type for node in quantized.graph.node}
    stripped, _ = strip_qdq(load_model(quantized))
    for feed in feeds(SHAPE, 2, seed=9):
        expected, actual = Reference(MODELS[name]())(feed), Reference(stripped)(feed)
        for output, array in expected.items():
            assert relative_error(actual[output], array) < 0.05


@pytest.mark.parametrize(
    ("scale", "zero_point", "operators"),
    [
        (0.1, -128, ["Conv", "Relu"]),
        (6 / 255, -128, ["Conv", "Clip"]),
        (0.1, -127, ["Conv"]),
    ],
)
def test_only_ranges_from_zero_on_cut(scale, zero_point, operators):
    text = f"""
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[1, 2, 4, 4] x) => (float[1, 2, 4, 4] y)
    <float[2, 2, 1, 1] w = {{1, 2, 3, 4}}, float s = {{{scale}}}, int8 z = {{{zero_point}}}>
    {{ c = Conv (x, w) q = QuantizeLinear (c, s, z) y = DequantizeLinear (q, s, z) }}
    """
    stripped, prescription = strip_qdq(load_model(onnx.parser.parse_model(text)))
    assert [node.op_type for node in stripped.graph] == [*operators, "Identity"]
    assert list(prescription.activations) == [stripped.graph[-1].inputs[0].name]
