"""What a TFLite file looks like, and how the target is asked for one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from click.testing import CliRunner

import edgert
from edgert._flatbuffers import read_root
from edgert.cli.group import cli
from edgert.errors import CompileError, UnsupportedOpError
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.importer.tflite.schema import schema
from edgert_compiler.pipeline import Options
from edgert_compiler.quantization.params import quantize
from edgert_targets.tflite.compiler.graph import ChannelParams, Graph, Operator, Tensor
from edgert_targets.tflite.compiler.variables import variable
from edgert_targets.tflite.compiler.verify import verify

from ..passes.cases import build, ints, normal
from .litert import LiteRT, compile_tflite, interpreter, run_edgert

schema_py = pytest.importorskip("ai_edge_litert.schema_py_generated")

NETWORK = build(
    "(float[1,3,8,8] image) => (float[1,4,8,8] map, float[1,5] scores)",
    "a = Conv<pads = [1, 1, 1, 1]>(image, w) map = Relu(a) f = Flatten(map) scores = Gemm(f, v)",
    w=normal(4, 3, 3, 3),
    v=normal(256, 5),
)
IMAGES = [
    {"image": np.random.default_rng(seed).standard_normal((1, 3, 8, 8)).astype(np.float32)}
    for seed in range(4)
]
TARGET = ("--target", "tflite")
ACTIVATION = QuantParams(0.1, 3)


@pytest.fixture(scope="module")
def int8_file() -> bytes:
    report = edgert.compile(NETWORK, target="tflite", calibration=IMAGES, labels=["a", "b"])
    assert report.precision == "int8"
    return report.bundle


def test_litert_s_own_reader_sees_what_was_written(int8_file):
    model = schema_py.ModelT.InitFromPackedBuf(int8_file, 0)
    assert model.version == 3
    assert int8_file[4:8] == b"TFL3"
    assert not model.buffers[0].data
    (graph,) = model.subgraphs
    names = [tensor.name.decode() for tensor in graph.tensors]
    assert len(set(names)) == len(names)
    assert [names[i] for i in graph.inputs] == ["image"]
    assert [names[i] for i in graph.outputs] == ["map", "scores"]
    for code in model.operatorCodes:
        assert code.deprecatedBuiltinCode == min(code.builtinCode, 127)
    conv = next(
        o for o in graph.operators if isinstance(o.builtinOptions, schema_py.Conv2DOptionsT)
    )
    weights = graph.tensors[conv.inputs[1]]
    assert weights.type == schema_py.TensorType.INT8
    assert len(weights.quantization.scale) == 4
    assert weights.quantization.quantizedDimension == 0
    assert set(weights.quantization.zeroPoint) == {0}


def test_buffers_lie_at_multiples_of_16(int8_file):
    model = schema_py.Model.GetRootAs(int8_file, 0)
    start = np.frombuffer(int8_file, np.uint8).ctypes.data
    buffers = [model.Buffers(index) for index in range(model.BuffersLength())]
    offsets = [b.DataAsNumpy().ctypes.data - start for b in buffers if b.DataLength()]
    assert len(offsets) > 4
    assert all(offset % 16 == 0 for offset in offsets)


def test_edgert_s_reader_reads_unions_back(int8_file):
    root = read_root(schema(), memoryview(int8_file))
    codes = [code.builtin_code for code in root.operator_codes]
    fully_connected = schema().enums["BuiltinOperator"]["FULLY_CONNECTED"]
    operators = root.subgraphs[0].operators
    (found,) = [o for o in operators if codes[o.opcode_index] == fully_connected]
    assert "keep_num_dims" in found.builtin_options.fields()
    assert found.builtin_options.fused_activation_function == 0


def test_the_signature_has_the_names_of_the_model(int8_file):
    found = interpreter.Interpreter(model_content=int8_file)
    assert found.get_signature_list() == {
        "serving_default": {"inputs": ["image"], "outputs": ["map", "scores"]}
    }


def test_metadata_says_where_it_comes_from(int8_file):
    model = schema_py.ModelT.InitFromPackedBuf(int8_file, 0)
    found = {
        entry.name.decode(): bytes(model.buffers[entry.buffer].data).decode()
        for entry in model.metadata
    }
    assert json.loads(found["edgert.labels"]) == ["a", "b"]
    assert found["edgert.compiler"] == edgert.__version__
    assert len(found["edgert.source_sha256"]) == 64


def test_the_same_model_gives_the_same_bytes():
    first, second = (
        edgert.compile(NETWORK, target="tflite", calibration=IMAGES).bundle for _ in range(2)
    )
    assert first == second


def test_images_are_nhwc_and_noted():
    report = edgert.compile(NETWORK, target="tflite", precision="fp32")
    assert [port.shape for port in report.inputs] == [(1, 8, 8, 3)]
    assert [port.shape for port in report.outputs] == [(1, 8, 8, 4), (1, 5)]
    assert any("NHWC" in note and "image" in note for note in report.notes)


def test_inputs_that_are_no_images_stay_as_they_are():
    model = build("(float[1,3,8,8] x) => (float[1,3,8,5] y)", "y = MatMul(x, w)", w=normal(8, 5))
    report = edgert.compile(model, target="tflite", precision="fp32")
    assert [port.shape for port in report.inputs] == [(1, 3, 8, 8)]


def test_integer_inputs_need_calibration_data():
    with pytest.raises(edgert.CompileError, match="give calibration data"):
        edgert.compile(NETWORK, target="tflite", target_options={"io_type": "int8"})


@pytest.mark.parametrize(("io_type", "shift"), [("int8", 0), ("uint8", 128)])
def test_integer_inputs_and_outputs(io_type, shift):
    compiled = compile_tflite(NETWORK, Options(calibration=IMAGES), io_type=io_type)
    (variant,) = compiled.variants
    found = interpreter.Interpreter(model_content=compiled.artifact.data)
    found.allocate_tensors()
    (image,), outputs = found.get_input_details(), found.get_output_details()
    assert {d["dtype"] for d in (image, *outputs)} == {np.dtype(io_type).type}
    assert "DEQUANTIZE" not in compiled.artifact.kernels
    quantum = quantize(IMAGES[0]["image"], variant.plan.activations["image"]).astype(np.int32)
    found.set_tensor(image["index"], (quantum + shift).transpose(0, 2, 3, 1).astype(io_type))
    found.invoke()
    expected = run_edgert(variant.model, variant.plan, IMAGES[0])
    for detail in outputs:
        scale, zero_point = detail["quantization"]
        params = variant.plan.activations[detail["name"]]
        assert (pytest.approx(scale), zero_point) == (params.scale, params.zero_point + shift)
        stored = found.get_tensor(detail["index"]).astype(np.int32)
        real = (stored - zero_point) * scale
        own = expected[detail["name"]]
        real = real if real.shape == own.shape else real.transpose(0, 3, 1, 2)
        assert np.abs(real - own).max() <= 2 * scale


def test_an_output_without_a_range_cannot_be_int8():
    model = build("(float[1,8] x) => (float[1,5] y)", "a = MatMul(x, w) y = Exp(a)", w=normal(8, 5))
    samples = [{"x": normal(1, 8)} for _ in range(3)]
    with pytest.raises(CompileError, match="output 'y' cannot be int8"):
        edgert.compile(
            model, target="tflite", calibration=samples, target_options={"io_type": "int8"}
        )


def test_a_network_without_calibration_has_int8_weights():
    report = edgert.compile(NETWORK, target="tflite")
    assert report.precision == "dynamic"
    expected = LiteRT.run(
        edgert.compile(NETWORK, target="tflite", precision="fp32").bundle, IMAGES[0]
    )
    shapes = {"map": np.zeros((1, 4, 8, 8)), "scores": np.zeros((1, 5))}
    found = LiteRT.run(report.bundle, IMAGES[0]).outputs(shapes)
    for name, reference in expected.outputs(shapes).items():
        np.testing.assert_allclose(found[name], reference, atol=0.03 * np.abs(reference).max())


def test_quantized_models_keep_their_parameters():
    model = build(
        "(float[1,3,8,8] x) => (float[1,4,8,8] y)",
        "q = QuantizeLinear(x, s, z) d = DequantizeLinear(q, s, z)"
        " c = Conv<pads = [1, 1, 1, 1]>(d, w) r = QuantizeLinear(c, t, z)"
        " y = DequantizeLinear(r, t, z)",
        w=normal(4, 3, 3, 3),
        s=np.float32(0.03),
        t=np.float32(0.11),
        z=np.int8(0),
    )
    found = schema_py.ModelT.InitFromPackedBuf(edgert.compile(model, target="tflite").bundle, 0)
    scales = [
        tensor.quantization.scale[0]
        for tensor in found.subgraphs[0].tensors
        if tensor.type == schema_py.TensorType.INT8 and tensor.buffer == 0
    ]
    assert sorted(scales) == pytest.approx([0.03, 0.11])


def test_unsupported_operators_are_all_named(tmp_path):
    model = build(
        "(float[4] x) => (float[4] y)", "a = Cosh(x) b = Erf(a) c = Relu(b) y = Celu<alpha=0.5>(c)"
    )
    with pytest.raises(UnsupportedOpError) as raised:
        edgert.compile(model, target="tflite")
    for name in ("Cosh", "Erf"):
        assert name in str(raised.value)
    onnx.save(model, tmp_path / "m.onnx")
    result = CliRunner().invoke(cli, ["check", str(tmp_path / "m.onnx"), *TARGET, "--json"])
    assert result.exit_code == 1
    assert {node["op"] for node in json.loads(result.stdout)["nodes"]} >= {"Cosh", "Erf"}


@pytest.mark.parametrize(
    ("signature", "body", "most"),
    [
        ("(float[2,2,2,2,2,2] x) => (float[1,2,2,2,2,2] y)", "y = Slice(x, s, e, s)", 5),
        ("(float[2,2,2,2,2,2] x) => (float[3,2,2,2,2,2] y)", "y = Pad(x, p)", 5),
        ("(float[2,2,2,2,2,2,2] x) => (float[2,2,2,2,2,2,2] y)", "y = Sqrt(x)", 6),
        ("(float[2,2,2,2,2] x, float[2] z) => (bool[2,2,2,2,2] y)", "y = Less(x, z)", 4),
    ],
)
def test_more_axes_than_interpreters_take_are_refused(signature, body, most):
    pads = ints(1, *[0] * 11)
    model = build(signature, body, s=ints(0), e=ints(1), p=pads)
    with pytest.raises(UnsupportedOpError, match=f"{most}"):
        edgert.compile(model, target="tflite", precision="fp32")


def test_the_command_line_writes_a_file(tmp_path):
    onnx.save(NETWORK, tmp_path / "m.onnx")
    result = CliRunner().invoke(cli, ["compile", str(tmp_path / "m.onnx"), *TARGET])
    assert result.exit_code == 0
    assert interpreter.Interpreter(str(tmp_path / "m.tflite")).get_input_details()


def test_a_convolutional_network_has_no_transposes():
    model = build(
        "(float[1,6,8,8] x) => (float[1,5] y)",
        "a = Conv(x, w) b = Reshape(a, s) c = Relu(b) d = Reshape(c, u) e = Concat<axis = 1>(d, x)"
        " p = MaxPool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(e) f = Flatten(p)"
        " y = MatMul(f, v)",
        w=normal(6, 6, 1, 1),
        v=normal(12 * 64, 5),
        s=ints(1, 2, 3, 8, 8),
        u=ints(1, 6, 8, 8),
    )
    report = edgert.compile(model, target="tflite", precision="fp32")
    assert "TRANSPOSE" not in report.kernels


def conv(**changes: object) -> Operator:
    """CONV_2D of int8; `changes` replace the quantization of x, weights, bias or y."""
    quantization = {
        "x": ACTIVATION,
        "weights": ChannelParams(np.array([0.5, 0.25], np.float32), 0),
        "bias": ChannelParams(np.array([0.05, 0.025], np.float32), 0),
        "y": QuantParams(0.2, 0),
        **changes,
    }
    shapes = {"x": (1, 4, 4, 3), "weights": (2, 1, 1, 3), "bias": (2,), "y": (1, 4, 4, 2)}
    x, weights, bias, y = (
        Tensor(name, shape, np.dtype(np.int32 if name == "bias" else np.int8), quantization[name])
        for name, shape in shapes.items()
    )
    return Operator("CONV_2D", 3, (x, weights, bias), (y,), None, "node")


def pool() -> Operator:
    x = Tensor("x", (1, 4, 4, 3), np.dtype(np.int8), ACTIVATION)
    y = replace(x, quantization=QuantParams(0.2, 3))
    return Operator("AVERAGE_POOL_2D", 2, (x,), (y,), None, "node")


WRONG = {
    "bias scale": (
        conv(bias=ChannelParams(np.array([0.05, 0.05], np.float32), 0)),
        "bias scale is not input scale times weight scale",
    ),
    "bias type": (conv(bias=None), "bias beside an int8 input is not int32"),
    "weight scale of zero": (
        conv(weights=ChannelParams(np.array([0.5, 0.0], np.float32), 0)),
        "weight scale is not a positive number",
    ),
    "weight axis": (
        conv(weights=ChannelParams(np.array([0.5, 0.25], np.float32), 3)),
        "not quantized along axis 0",
    ),
    "activation scale": (conv(x=QuantParams(0.0, 0)), "has scale 0.0"),
    "zero point": (conv(y=QuantParams(0.1, 200)), "has zero point 200"),
    "pool": (pool(), "copies int8 values between different scales"),
    "variable": (
        replace(pool(), code="ABS", inputs=(variable((1,), "state"),)),
        "the variable 'state', which has the content of the run before",
    ),
    "softmax": (
        replace(pool(), code="SOFTMAX"),
        "must have scale 0.00390625 and zero point -128",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_litert_computes_wrongly_without_a_word_is_not_written(case):
    operator, message = WRONG[case]
    with pytest.raises(CompileError, match=f"node 'node' .*{message}"):
        verify(Graph([operator], [], []))


def test_what_is_right_passes():
    verify(Graph([conv()], [], []))
