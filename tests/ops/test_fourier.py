"""DFT and STFT against numpy, and a mel spectrogram against onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert
from edgert.errors import UnsupportedOpError

RNG = np.random.default_rng(5)


def build(nodes, inputs, output, constants, opset: int) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, s) for name, s in inputs.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output)],
        [numpy_helper.from_array(np.asarray(a), name) for name, a in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def run(proto: onnx.ModelProto, **feeds: np.ndarray) -> np.ndarray:
    bundle = edgert.compile(proto, precision="fp32").bundle
    return edgert.InferenceSession(bundle).run(None, feeds)[0]


def signal(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def spectrum(x: np.ndarray, axis: int, length: int, inverse: bool, onesided: bool) -> np.ndarray:
    """numpy's transform in ONNX's form."""
    values = x[..., 0] if x.shape[-1] == 1 else x[..., 0] + 1j * x[..., 1]
    values = values.astype(np.complex128)
    if inverse and onesided:
        return np.fft.irfft(values, length, axis)[..., None]
    if onesided:
        result = np.fft.rfft(values.real, length, axis)
    else:
        result = (np.fft.ifft if inverse else np.fft.fft)(values, length, axis)
    return np.stack([result.real, result.imag], -1)


def check(actual: np.ndarray, expected: np.ndarray) -> None:
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, atol=1e-5 * np.abs(expected).max())


CASES = [
    # shape, axis, dft_length, inverse, onesided
    ((2, 16, 1), 1, None, False, False),
    ((2, 3, 15, 1), -2, None, False, True),
    ((7, 3, 2), 0, None, False, False),
    ((3, 12, 2), 1, None, True, False),
    ((2, 10, 1), 1, 16, False, True),
    ((2, 10, 2), 1, 6, True, False),
    ((2, 9, 2), 1, None, True, True),
    ((2, 9, 2), 1, 17, True, True),
    ((2, 9, 2), 1, 20, True, True),
    ((3, 5, 4, 2), 1, 13, False, False),
    # Beyond what is one product: with a last column that is not complete, and without.
    ((2, 1024, 1), 1, None, False, True),
    ((2, 1000, 2), 1, 1024, False, False),
    ((1, 1536, 2), 1, None, True, False),
    ((1, 1025, 2), 1, None, True, True),
    ((2, 8192, 1), 1, None, False, True),
]


@pytest.mark.parametrize("opset", [17, 20])
@pytest.mark.parametrize(("shape", "axis", "length", "inverse", "onesided"), CASES)
def test_dft(shape, axis, length, inverse, onesided, opset) -> None:
    if opset == 17 and inverse and onesided:
        pytest.skip("a form of opset 20")
    x = signal(*shape)
    names = ["x", "" if length is None else "n"]
    constants = {} if length is None else {"n": np.int64(length)}
    attributes = {"inverse": int(inverse), "onesided": int(onesided)}
    if opset == 17:
        attributes["axis"] = axis % len(shape)
    else:
        names.append("axis")
        constants["axis"] = np.int64(axis)
    size = shape[axis]
    samples = length or (2 * (size - 1) if inverse and onesided else size)
    expected = spectrum(x, axis % len(shape), samples, inverse, onesided)
    nodes = [helper.make_node("DFT", names, ["y"], **attributes)]
    check(run(build(nodes, {"x": shape}, expected.shape, constants, opset), x=x), expected)


def test_a_length_without_small_factors_is_refused() -> None:
    proto = build(
        [helper.make_node("DFT", ["x"], ["y"])], {"x": (1, 4099, 1)}, (1, 4099, 2), {}, 17
    )
    with pytest.raises(UnsupportedOpError, match="pad it to a power of two"):
        edgert.compile(proto)


@pytest.mark.parametrize("window", ["none", "constant", "input"])
@pytest.mark.parametrize(
    ("parts", "length", "step", "onesided"),
    [(1, 24, 10, 1), (1, 24, 7, 0), (2, 20, 20, 0), (1, 1024, 300, 1), (2, 1024, 500, 0)],
)
def test_stft(parts, length, step, onesided, window) -> None:
    x = signal(2, 3 * length + 5, parts)
    factors = np.hanning(length).astype(np.float32)
    frames = np.stack(
        [x[:, i : i + length] for i in range(0, x.shape[1] - length + 1, step)], axis=1
    )
    if window != "none":
        frames = frames * factors[:, None]
    expected = spectrum(frames, 2, length, False, bool(onesided))
    constants: dict[str, object] = {"step": np.int64(step)}
    inputs, feeds = {"x": x.shape}, {"x": x}
    if window == "none":
        names = ["x", "step", "", "length"]
        constants["length"] = np.int64(length)
    else:
        names = ["x", "step", "w"]
        if window == "constant":
            constants["w"] = factors
        else:
            inputs["w"], feeds["w"] = (length,), factors
    # Without the attribute it is one-sided.
    attributes = {} if onesided else {"onesided": 0}
    nodes = [helper.make_node("STFT", names, ["y"], **attributes)]
    check(run(build(nodes, inputs, expected.shape, constants, 17), **feeds), expected)


def test_mel_spectrogram_of_an_exported_front_end() -> None:
    """In the style of torchaudio: reflection, STFT, power, mel filters, logarithm."""
    node = helper.make_node
    nodes = [
        node("Pad", ["wave", "pads"], ["padded"], mode="reflect"),
        node("Unsqueeze", ["padded", "last"], ["samples"]),
        node("STFT", ["samples", "hop", "window", "n_fft"], ["s"], onesided=1),
        node("Transpose", ["s"], ["t"], perm=[0, 2, 1, 3]),
        node("Gather", ["t", "zero"], ["re"], axis=3),
        node("Gather", ["t", "one"], ["im"], axis=3),
        node("Mul", ["re", "re"], ["re2"]),
        node("Mul", ["im", "im"], ["im2"]),
        node("Add", ["re2", "im2"], ["power"]),
        node("MelWeightMatrix", ["mels", "n_fft", "rate", "low", "high"], ["filters"]),
        node("Transpose", ["power"], ["frames"], perm=[0, 2, 1]),
        node("MatMul", ["frames", "filters"], ["mel"]),
        node("Transpose", ["mel"], ["channels"], perm=[0, 2, 1]),
        node("Add", ["channels", "floor"], ["above"]),
        node("Log", ["above"], ["y"]),
    ]
    constants = {
        "pads": np.array([0, 256, 0, 256]),
        "last": np.array([-1]),
        "hop": np.int64(160),
        "window": np.hanning(512).astype(np.float32),
        "n_fft": np.int64(512),
        "zero": np.int64(0),
        "one": np.int64(1),
        "mels": np.int64(80),
        "rate": np.int64(16000),
        "low": np.float32(20),
        "high": np.float32(7600),
        "floor": np.float32(1e-6),
    }
    proto = build(nodes, {"wave": (1, 8000)}, (1, 80, 51), constants, 17)
    wave = np.sin(np.arange(8000) ** 1.3)[None].astype(np.float32) + 0.1 * signal(1, 8000)
    expected = onnxruntime.InferenceSession(proto.SerializeToString()).run(None, {"wave": wave})[0]
    np.testing.assert_allclose(run(proto, wave=wave), expected, rtol=1e-3, atol=2e-3)
    report = edgert.compile(proto, calibration=[{"wave": wave}])
    quantized = edgert.InferenceSession(report.bundle).run(None, {"wave": wave})[0]
    assert quantized.shape == expected.shape
    reasons = {entry.name: entry.reason for entry in report.nodes if "STFT" in entry.name}
    assert reasons
    assert all("computes in float" in reason for reason in reasons.values())
