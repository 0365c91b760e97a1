"""TFLite files, read back: edgert computes from them what LiteRT does."""

from __future__ import annotations

import contextlib

import numpy as np
import onnx
import pytest

import edgert
from edgert_compiler.importer.tflite.convert import converters
from edgert_compiler.pipeline import Options
from edgert_targets.tflite.compiler.context import FLOAT32
from edgert_targets.tflite.compiler.graph import Graph, Operator, Port, Tensor
from edgert_targets.tflite.compiler.variables import variable
from edgert_targets.tflite.compiler.write import write

from ..compat.detector import File
from ..passes.cases import build
from .litert import compile_tflite, interpreter
from .op_cases import CASES, RECURRENT, Case


def network() -> onnx.ModelProto:
    rng = np.random.default_rng(7)
    return build(
        "(float[1,3,11,10] x) => (float[1,5] scores)",
        """c = Conv <pads = [1,1,1,1], strides = [2,2]> (x, w, b)
           r = Relu (c)
           e = Conv <pads = [1,1,1,1], group = 8> (r, d)
           a = Add (e, r)
           p = GlobalAveragePool (a)
           f = Flatten (p)
           scores = MatMul (f, v)""",
        w=rng.normal(size=(8, 3, 3, 3)).astype(np.float32) / 3,
        b=rng.normal(size=8).astype(np.float32),
        d=rng.normal(size=(8, 1, 3, 3)).astype(np.float32) / 2,
        v=rng.normal(size=(8, 5)).astype(np.float32),
    )


def numbers(detail: dict, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    dtype = np.dtype(detail["dtype"])
    if dtype == np.bool_:
        return rng.uniform(size=detail["shape"]) > 0.5
    if dtype.kind in "iu":
        return rng.integers(0, 5, detail["shape"]).astype(dtype)
    return rng.uniform(0.1, 2, detail["shape"]).astype(dtype)


def stored(real: np.ndarray, detail: dict) -> np.ndarray:
    scale, zero_point = detail["quantization"]
    if not scale:
        return real
    info = np.iinfo(detail["dtype"])
    return np.clip(np.rint(real / scale) + zero_point, info.min, info.max).astype(detail["dtype"])


def both(
    data: bytes, precision: str, given: np.ndarray | None = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(LiteRT's, edgert's) outputs on the same inputs: random ones, or real numbers for the one."""
    litert = interpreter.Interpreter(model_content=data, num_threads=1)
    litert.allocate_tensors()
    session = edgert.InferenceSession(edgert.compile(data, precision=precision).bundle)
    feed = {}
    for seed, detail in enumerate(litert.get_input_details()):
        feed[detail["name"]] = numbers(detail, seed) if given is None else stored(given, detail)
        litert.set_tensor(detail["index"], feed[detail["name"]])
    litert.invoke()
    outputs = dict(zip([port.name for port in session.get_outputs()], session.run(None, feed)))
    found = []
    for detail in litert.get_output_details():
        expected, result = litert.get_tensor(detail["index"]), outputs[detail["name"]]
        assert (result.dtype, result.shape) == (expected.dtype, expected.shape)
        found.append((expected, result))
    return found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_float_operator(case: Case) -> None:
    data = compile_tflite(case.model, Options(quantize=False)).artifact.data
    for expected, result in both(data, "fp32"):
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=2e-5)


def calibration(count: int = 4) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(1)
    shape = (1, 3, 11, 10)
    return [{"x": rng.uniform(0, 2, shape).astype(np.float32)} for _ in range(count)]


@pytest.mark.parametrize("io_type", ["float32", "int8"])
def test_int8_network(io_type: str) -> None:
    """Ports keep their types; int8 results differ by rounding alone."""
    compiled = compile_tflite(network(), Options(calibration=calibration()), io_type=io_type)
    sample = np.ascontiguousarray(calibration()[0]["x"].transpose(0, 2, 3, 1))
    [(expected, result)] = both(compiled.artifact.data, "auto", sample)
    if io_type == "int8":
        assert result.dtype == np.int8
        assert np.abs(expected.astype(int) - result).max() <= 1
    else:
        np.testing.assert_allclose(result, expected, atol=0.02 * np.ptp(expected))


def test_int8_network_runs_on_int8_kernels() -> None:
    data = compile_tflite(network(), Options(calibration=calibration()), io_type="int8")
    report = edgert.compile(data.artifact.data)
    assert {"conv2d_s8", "depthwise_conv2d_s8"} <= set(report.kernels)
    assert not {"conv2d_f32", "depthwise_conv2d_f32"} & set(report.kernels)


def test_channel_constants_need_no_transposes() -> None:
    """Slopes [1, 1, C] come between convolutions without images changing their layout."""
    rng = np.random.default_rng(2)
    constants = {
        "w": rng.normal(size=(6, 3, 3, 3)).astype(np.float32),
        "s": rng.uniform(size=(6, 1, 1)).astype(np.float32),
        "v": rng.normal(size=(4, 6, 1, 1)).astype(np.float32),
    }
    body = "a = Conv(x, w) b = PRelu(a, s) c = Mul(b, s) y = Conv(c, v)"
    model = build("(float[1,3,9,9] x) => (float[1,4,7,7] y)", body, **constants)
    data = compile_tflite(model, Options(quantize=False)).artifact.data
    exported = edgert.compile(data, target="onnx", precision="fp32").kernels
    assert exported["Transpose"] == 2  # to NCHW and back
    [(expected, result)] = both(data, "fp32")
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("padding", [1, 2], ids=["same", "valid"])
def test_transposed_convolution_of_mediapipe(padding: int) -> None:
    rng = np.random.default_rng(3)
    file = File()
    x = file.tensor("x", (1, 4, 5, 3))
    weights = file.constant("w", rng.normal(size=(2, 3, 2, 3)).astype(np.float32))
    bias = file.constant("b", rng.normal(size=2).astype(np.float32))
    y = file.tensor("y", (1, 8, 10, 2) if padding == 1 else (1, 9, 10, 2))
    strides = np.array([padding, 2, 2], np.int32)
    file.operator("Convolution2DTransposeBias", [x, weights, bias], [y], custom=strides.tobytes())
    [(expected, result)] = both(file.save([x], [y]), "fp32")
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


def test_every_damaged_byte_is_one_error_or_none() -> None:
    data = compile_tflite(network(), Options(quantize=False)).artifact.data
    rng = np.random.default_rng(5)
    for position in rng.integers(0, len(data), 150):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        with contextlib.suppress(edgert.Error):
            edgert.compile(bytes(damaged), precision="fp32")
    for size in (8, 20, len(data) // 2):
        with pytest.raises(edgert.CompileError, match="not a valid TFLite model"):
            edgert.compile(data[:size], precision="fp32")


def test_unknown_operators_are_listed_together() -> None:
    data = bytearray(compile_tflite(network(), Options(quantize=False)).artifact.data)
    from edgert._flatbuffers import read_root
    from edgert_compiler.importer.tflite.schema import member, schema

    for code in read_root(schema(), memoryview(bytes(data))).operator_codes:
        if code.builtin_code == member("BuiltinOperator", "CONV_2D"):
            position = code.position_of("builtin_code")
            data[position : position + 4] = (32000).to_bytes(4, "little")
    with pytest.raises(edgert.UnsupportedOpError, match="operator 32000"):
        edgert.compile(bytes(data))


def test_variables_that_carry_over_from_run_to_run_are_refused() -> None:
    x, y = (Tensor(name, (1, 2), FLOAT32) for name in "xy")
    add = Operator("ADD", 1, (x, variable((1, 2), "state")), (y,), ("AddOptions", {}))
    data = write(Graph([add], [Port("x", x, (0, 1))], [Port("y", y, (0, 1))]))
    with pytest.raises(edgert.CompileError, match="'state' is kept from run to run"):
        edgert.compile(data)


def test_lstm_with_int8_weights() -> None:
    data = compile_tflite(RECURRENT[0].model, Options()).artifact.data
    [(expected, result)] = both(data, "fp32")
    np.testing.assert_allclose(result, expected, atol=0.02 * np.ptp(expected))


def test_resource_variables_are_refused() -> None:
    file = File()
    file.tensor("states", ())
    file.tensors[-1]["type"] = 13
    with pytest.raises(edgert.CompileError, match="'states' is a variable"):
        edgert.compile(file.save([], []))


def test_what_is_written_can_be_read() -> None:
    from edgert_compiler.importer.tflite.schema import schema

    written = set(schema().enums["BuiltinOperator"]) - {"CUSTOM", "DENSIFY"}
    assert not written - set(converters())
