"""Element types of inputs and outputs, port by port."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.parser
import onnxruntime
import pytest

import edgert
from edgert_compiler.port_types import PortTypes

MODEL = """
<ir_version: 8, opset_import: ["" : 17]>
net (float[1, 4, 8, 8] image, float[1, 4, 8, 8] mask, int64[1] code)
    => (float[1, 4, 8, 8] map, float[1, 6] scores, int64[1] next)
{
  a = Conv <pads: ints = [1, 1, 1, 1]> (image, kernel)
  b = Conv <pads: ints = [1, 1, 1, 1]> (mask, kernel)
  map = Add (a, b)
  pooled = GlobalAveragePool (map)
  flat = Flatten (pooled)
  scores = MatMul (flat, matrix)
  next = Add (code, code)
}
"""
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    proto = onnx.parser.parse_model(MODEL)
    constants = {"kernel": RNG.normal(size=(4, 4, 3, 3)), "matrix": RNG.normal(size=(4, 6))}
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(a.astype(np.float32), n) for n, a in constants.items()
    )
    return proto


def feed(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    images = {name: rng.normal(size=(1, 4, 8, 8)).astype(np.float32) for name in ("image", "mask")}
    return {**images, "code": np.array([seed], np.int64)}


FEEDS = [feed(seed) for seed in range(4)]
FLOAT = "float32"
CHOICES = [
    ("uint8", ("uint8", "uint8", "uint8", "uint8")),
    ("inputs=uint8", ("uint8", "uint8", FLOAT, FLOAT)),
    ("outputs=int8", (FLOAT, FLOAT, "int8", "int8")),
    ("mask=int8", (FLOAT, "int8", FLOAT, FLOAT)),
    ("uint8,scores=float32", ("uint8", "uint8", "uint8", FLOAT)),
    ("scores=int8,inputs=uint8,mask=float32", ("uint8", FLOAT, FLOAT, "int8")),
    ({"inputs": "int8", "map": "uint8"}, ("int8", "int8", "uint8", FLOAT)),
    ({}, (FLOAT, FLOAT, FLOAT, FLOAT)),
]


def names(session_or_report) -> tuple[str, ...]:
    return tuple(port.name for port in session_or_report)


@pytest.mark.parametrize(("io_type", "expected"), CHOICES)
def test_bundles(io_type, expected, model):
    report = edgert.compile(model, calibration=FEEDS, io_type=io_type)
    session = edgert.InferenceSession(report.bundle)
    ports = [*session.get_inputs(), *session.get_outputs()]
    assert names(ports) == ("image", "mask", "code", "map", "scores", "next")
    assert tuple(ports[i].dtype for i in (0, 1, 3, 4)) == expected
    assert [ports[i].dtype for i in (2, 5)] == ["int64", "int64"]
    assert all(
        (port.quantization is None) == (port.dtype not in ("int8", "uint8")) for port in ports
    )
    given = {p.name: stored(FEEDS[0][p.name], p) for p in session.get_inputs()}
    plain = edgert.InferenceSession(edgert.compile(model, calibration=FEEDS).bundle)
    for port, found, wanted in zip(ports[3:], session.run(None, given), plain.run(None, FEEDS[0])):
        if port.quantization is None and all(t == FLOAT for t in expected[2:]):
            np.testing.assert_array_equal(found, wanted)
        elif port.quantization is not None:
            scale, zero_point = port.quantization
            real = (found.astype(np.float32) - zero_point) * scale
            np.testing.assert_allclose(real, wanted, atol=2 * scale + 0.02 * np.ptp(wanted))


def stored(values: np.ndarray, port: edgert.NodeArg) -> np.ndarray:
    if port.quantization is None:
        return values
    scale, zero_point = port.quantization
    ends = np.iinfo(port.dtype)
    return (
        (np.rint(values / np.float32(scale)) + zero_point)
        .clip(ends.min, ends.max)
        .astype(port.dtype)
    )


@pytest.mark.parametrize(("io_type", "expected"), CHOICES)
def test_tflite_files(io_type, expected, model):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    report = edgert.compile(model, target="tflite", calibration=FEEDS, io_type=io_type)
    found = interpreter.Interpreter(model_content=report.bundle)
    details = {d["name"]: d for d in (*found.get_input_details(), *found.get_output_details())}
    types = {name: np.dtype(detail["dtype"]).name for name, detail in details.items()}
    assert tuple(types[name] for name in ("image", "mask", "map", "scores")) == expected
    assert {types["code"], types["next"]} == {"int64"}


def test_the_target_option_is_the_same(model):
    bundles = [
        edgert.compile(model, calibration=FEEDS, **how).bundle
        for how in (
            {"io_type": {"inputs": "uint8", "scores": "int8"}, "io_layout": "nhwc"},
            {"io_type": "inputs=uint8,scores=int8", "io_layout": "nhwc"},
            {"target_options": {"io_type": "inputs=uint8,scores=int8", "io_layout": "nhwc"}},
        )
    ]
    assert bundles[0] == bundles[1] == bundles[2]


@pytest.mark.parametrize("target", ["host", "tflite"])
@pytest.mark.parametrize(
    ("io_type", "message"),
    [
        ("int7", "'int7': give float32, int8 or uint8"),
        ("", "give float32, int8 or uint8"),
        ("inputs=uint9", "inputs=uint9"),
        ("=uint8", "'=uint8'"),
        ({"inputs": "uint9"}, "'inputs=uint9': give"),
        ({"inputs": None}, "'inputs=None': give"),
        ("uint8,uint8", "type of all ports twice"),
        ("map=uint8,map=int8", "type of 'map' twice"),
        ("img=uint8", r"'img'.*inputs: 'image', 'mask', 'code'; outputs: 'map', 'scores', 'next'"),
        ("code=uint8", "'code', which is int64"),
        ("next=float32", "'next', which is int64"),
    ],
)
def test_mistakes_are_named(target, io_type, message, model):
    with pytest.raises(edgert.CompileError, match=message):
        edgert.compile(model, target=target, calibration=FEEDS, io_type=io_type)


def test_a_port_without_parameters_is_refused_by_name(model):
    for target in ("host", "tflite"):
        with pytest.raises(edgert.CompileError, match="calibration data"):
            edgert.compile(model, target=target, io_type="image=uint8")
    report = edgert.compile(model, io_type="uint8")  # none has any: noted
    assert any("'image' stays float32" in note for note in report.notes)


def test_ports_of_other_float_types_keep_them():
    text = """<ir_version: 9, opset_import: ["" : 17]>
    net (float16[1, 8] x) => (float16[1, 8] y) { y = MatMul (x, w) }"""
    proto = onnx.parser.parse_model(text)
    weights = RNG.normal(size=(8, 8)).astype(np.float16)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
    feeds = [{"x": RNG.normal(size=(1, 8)).astype(np.float16)} for _ in range(3)]
    report = edgert.compile(proto, calibration=feeds, io_type="uint8")
    for name in "xy":
        assert f"'{name}' stays float16: float operators compute it" in report.notes
    with pytest.raises(edgert.CompileError, match="'x', which is float16"):
        edgert.compile(proto, calibration=feeds, io_type="x=uint8")


def test_options_that_differ_are_refused(model):
    with pytest.raises(edgert.CompileError, match="io_type and the target option"):
        edgert.compile(model, io_type="uint8", target_options={"io_type": "int8"})
    with pytest.raises(edgert.CompileError, match="'coreml' has no option 'io_type'"):
        edgert.compile(model, target="coreml", io_type="uint8")


@pytest.mark.parametrize("name", ["a=b", "a,b", "x:0", "uint8", "a=int8b"])
def test_names_may_have_any_characters(name):
    types = PortTypes.parse(f"int8,{name}=uint8,outputs=float32")
    assert (types.default, dict(types.chosen)) == ("int8", {name: "uint8", "outputs": "float32"})


def test_an_output_that_is_an_input_has_one_type():
    text = """<ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 4] x) => (float[1, 4] x, float[1, 4] y) { y = MatMul (x, w) }"""
    proto = onnx.parser.parse_model(text)
    weights = np.eye(4, dtype=np.float32)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
    feeds = [{"x": RNG.normal(size=(1, 4)).astype(np.float32)} for _ in range(3)]
    with pytest.raises(edgert.CompileError, match="'x' is an input and an output at once"):
        edgert.compile(proto, calibration=feeds, io_type="inputs=uint8")
    session = edgert.InferenceSession(
        edgert.compile(proto, calibration=feeds, io_type="x=uint8").bundle
    )
    assert [port.dtype for port in session.get_outputs()] == ["uint8", "float32"]


def test_states_are_no_ports():
    text = """<ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 8] x, float[1, 8] h) => (float[1, 8] y, float[1, 8] g)
    { a = MatMul (x, w) y = Add (a, h) g = Identity (y) }"""
    proto = onnx.parser.parse_model(text)
    weights = RNG.normal(size=(8, 8)).astype(np.float32)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
    feeds = [{"x": RNG.normal(size=(1, 8)).astype(np.float32)} for _ in range(3)]
    options = {"calibration": feeds, "state": {"g": "h"}}
    session = edgert.InferenceSession(
        edgert.compile(proto, io_type="inputs=uint8", **options).bundle
    )
    assert [port.dtype for port in session.get_inputs()] == ["uint8"]
    with pytest.raises(edgert.CompileError, match="io_type names 'h'"):
        edgert.compile(proto, io_type="h=uint8", **options)


def test_quantized_models_keep_their_parameters():
    text = """<ir_version: 9, opset_import: ["" : 17]>
    net (float[1, 3, 8, 8] x) => (float[1, 3, 8, 8] y, uint8[1, 3, 8, 8] z)
    <float s = {0.0078125}, uint8 zx = {128}, float t = {0.05}, uint8 zy = {120}, float u = {0.01}>
    {
      xq = QuantizeLinear (x, s, zx)
      xd = DequantizeLinear (xq, s, zx)
      wd = DequantizeLinear (w, u)
      c = Conv (xd, wd)
      z = QuantizeLinear (c, t, zy)
      y = DequantizeLinear (z, t, zy)
    }"""
    proto = onnx.parser.parse_model(text)
    stored_weights = RNG.integers(-100, 100, (3, 3, 1, 1)).astype(np.int8)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(stored_weights, "w"))
    x = RNG.uniform(-1, 0.99, (1, 3, 8, 8)).astype(np.float32)
    expected, quanta = onnxruntime.InferenceSession(proto.SerializeToString()).run(None, {"x": x})
    for target in ("host", "tflite"):
        report = edgert.compile(proto, target=target, io_type={"x": "uint8", "y": "uint8"})
        assert [port.type for port in (*report.inputs, *report.outputs)] == ["uint8"] * 3
    session = edgert.InferenceSession(edgert.compile(proto, io_type="uint8").bundle)
    [port], [output, _] = session.get_inputs(), session.get_outputs()
    assert port.quantization == (0.0078125, 128)
    assert output.quantization == (np.float32(0.05), 120)
    found, other = session.run(None, {"x": stored(x, port)})
    np.testing.assert_array_equal(found, quanta)
    np.testing.assert_array_equal(other, quanta)
    np.testing.assert_allclose((found.astype(np.float32) - 120) * np.float32(0.05), expected)


@pytest.mark.parametrize("target", ["host", "tflite"])
def test_inputs_that_float_operators_read(target, tmp_path):
    """As of models with normalization inside: bytes go in, arithmetic stays float."""
    text = """<ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 3, 8, 8] x) => (float[1, 6] y) {
      a = Sub (x, mean)
      b = Div (a, std)
      c = Conv (b, kernel)
      d = GlobalAveragePool (c)
      e = Flatten (d)
      y = Softmax (e)
    }"""
    proto = onnx.parser.parse_model(text)
    constants = {
        "mean": np.array([124, 117, 104]).reshape(1, 3, 1, 1),
        "std": np.array([58, 57, 60]).reshape(1, 3, 1, 1),
        "kernel": RNG.normal(size=(6, 3, 3, 3)),
    }
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(a.astype(np.float32), n) for n, a in constants.items()
    )
    feeds = [{"x": RNG.integers(0, 256, (1, 3, 8, 8)).astype(np.float32)} for _ in range(6)]
    report = edgert.compile(
        proto,
        target=target,
        calibration=feeds,
        observer="min_max",
        io_type="inputs=uint8",
        output=tmp_path / "m.edgert",
    )
    assert [p.type for p in (*report.inputs, *report.outputs)] == ["uint8", "float32"]
    session = edgert.InferenceSession(tmp_path / "m.edgert")
    [port] = session.get_inputs()
    assert port.quantization == (pytest.approx(1, abs=1e-3), 0)
    reference = onnxruntime.InferenceSession(proto.SerializeToString())
    for feed in feeds:
        [found] = session.run(None, {"x": stored(feed["x"], port)})
        np.testing.assert_allclose(found, reference.run(None, feed)[0], atol=0.03)


def test_outputs_that_float_operators_compute():
    text = """<ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 8] x) => (float[1, 6] y) { a = MatMul (x, w) y = Softmax (a) }"""
    proto = onnx.parser.parse_model(text)
    weights = RNG.normal(size=(8, 6)).astype(np.float32)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
    feeds = [{"x": RNG.normal(size=(1, 8)).astype(np.float32)} for _ in range(6)]
    bundle = edgert.compile(proto, calibration=feeds, io_type="outputs=uint8").bundle
    session = edgert.InferenceSession(bundle)
    [output] = session.get_outputs()
    assert output.dtype == "uint8"
    scale, zero_point = output.quantization
    reference = onnxruntime.InferenceSession(proto.SerializeToString())
    for feed in feeds:
        [found] = session.run(None, feed)
        real = (found.astype(np.float32) - zero_point) * scale
        np.testing.assert_allclose(real, reference.run(None, feed)[0], atol=scale + 0.03)
