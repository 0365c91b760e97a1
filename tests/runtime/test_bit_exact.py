"""Whole models: the same output bytes with every instruction set and number of threads.

Float models too, but for the scalar kernels, which may not have fused multiply-adds.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

import edgert

from .models import MODELS, feed, mixed

ZOO = Path(os.environ.get("EDGERT_ZOO", Path(__file__).resolve().parents[3] / "shared" / "zoo"))
ZOO_MODELS = ["resnet20_cifar10", "mobilenet_v2_100_imagenet", "squeezenet1_1_imagenet"]
UNCALIBRATED_ZOO_MODELS = [
    "dtln_1_noise_suppression",
    "dtln_2_noise_suppression",
    "kwt1_speech_commands",
    "mobilenet_v2_100_imagenet",
    "silero_vad_16k_static",
]
X86 = platform.machine() in ("x86_64", "AMD64")
FUSED_ISAS = ["avx2", "avx512vnni"] if X86 else ["neon", "fp16", "dotprod", "i8mm"]
ISAS = ["scalar", *FUSED_ISAS]
THREADS = (1, 2, 3, 4)
FLOAT_PRODUCTS = {"conv2d_f32", "depthwise_conv2d_f32", "matmul_f32"}

CALIBRATED = ["attention", "convolutions", "products"]
# Without INT8: too little work to quantize while running.
FLOAT = ["attention", "convolutions", "predictors"]
UNCALIBRATED = {name: MODELS[name] for name in sorted(MODELS) if name not in FLOAT}
UNCALIBRATED["mixed"] = mixed

# Feeds are named "<number of the run>/<input>".
RUN = """
import sys
import numpy as np
import edgert
bundle, inputs, outputs, *threads = sys.argv[1:]
feeds = {}
for key, array in np.load(inputs).items():
    run, _, name = key.partition("/")
    feeds.setdefault(run, {})[name] = array
results = {}
for number in threads:
    session = edgert.InferenceSession(bundle, num_threads=int(number))
    for run, feed in feeds.items():
        for i, output in enumerate(session.run(None, feed)):
            results[f"{number}/{run}/{i}"] = output
np.savez(outputs, **results)
print(session.isa)
"""


def run(isa, folder):
    """(instruction set that was used, outputs by thread count, run and index) of a process."""
    files = [folder / "model.edgert", folder / "inputs.npz", folder / f"{isa}.npz"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, (*files, *THREADS))],
        env={**os.environ, "EDGERT_ISA": isa},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    with np.load(files[2]) as outputs:
        return done.stdout.strip(), dict(outputs)


def assert_same_everywhere(model, feeds, folder, isas=ISAS, precision="int8", **options):
    """Returns the kernels of the bundle."""
    report = edgert.compile(model, precision=precision, output=folder / "model.edgert", **options)
    np.savez(
        folder / "inputs.npz",
        **{f"{i}/{name}": array for i, one in enumerate(feeds) for name, array in one.items()},
    )
    found = {}
    for isa in isas:
        used, outputs = run(isa, folder)
        if used == isa:  # else not on this machine
            found[isa] = outputs
    assert edgert.InferenceSession(folder / "model.edgert").isa in found
    expected = {k[1:]: v for k, v in next(iter(found.values())).items() if k.startswith("1/")}
    assert any(np.ptp(output) > 0 for output in expected.values()), "constants prove nothing"
    for isa, outputs in found.items():
        for key, output in outputs.items():
            assert output.tobytes() == expected[key[1:]].tobytes(), (isa, key)
    return set(report.kernels)


@pytest.mark.parametrize("name", CALIBRATED)
def test_calibrated_model(name, tmp_path):
    model = MODELS[name]()
    feeds = [feed(model, seed) for seed in range(3)]
    kernels = assert_same_everywhere(model, feeds, tmp_path, calibration=feeds)
    assert name != "attention" or "matmul_f32" in kernels, "no product of floats is tested"


@pytest.mark.parametrize("name", UNCALIBRATED)
def test_uncalibrated_model(name, tmp_path):
    model = UNCALIBRATED[name]()
    kernels = assert_same_everywhere(model, [feed(model, seed) for seed in range(2)], tmp_path)
    assert name != "mixed" or kernels > FLOAT_PRODUCTS | {"conv2d_dynamic_s8"}


@pytest.mark.parametrize("name", FLOAT)
def test_float_model(name, tmp_path):
    model = MODELS[name]()
    feeds = [feed(model, seed) for seed in range(2)]
    kernels = assert_same_everywhere(model, feeds, tmp_path, FUSED_ISAS, "fp32")
    assert FLOAT_PRODUCTS & kernels


@pytest.mark.parametrize("io_type", ["int8", "uint8"])
def test_ports_of_8_bit(io_type, tmp_path):
    model = MODELS["convolutions"]()
    calibration = [feed(model, seed) for seed in range(3)]
    dtype = np.dtype(io_type)
    image = np.random.default_rng(1).integers(0, 127, (1, 18, 14, 3)).astype(dtype)
    assert_same_everywhere(
        model,
        [{"x": image}],
        tmp_path,
        calibration=calibration,
        target_options={"io_type": io_type, "io_layout": "nhwc"},
    )


def streaming_convolution() -> onnx.ModelProto:
    """A state that is added to an image of any height."""
    weights = np.random.default_rng(1).normal(size=(2, 8, 8, 3, 3)).astype(np.float32) / 8
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w0"], ["a"], pads=[1, 1, 1, 1]),
        node("Relu", ["a"], ["b"]),
        node("Add", ["b", "s"], ["c"]),
        node("Conv", ["c", "w1"], ["y"], pads=[1, 1, 1, 1]),
        node("ReduceMean", ["c"], ["s2"], axes=[2]),
    ]
    ports = {"x": [1, 8, "h", 9], "s": [1, 8, 1, 9], "y": [1, 8, "h", 9], "s2": [1, 8, 1, 9]}
    x, s, y, s2 = (
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in ports.items()
    )
    constants = [numpy_helper.from_array(weights[i], f"w{i}") for i in range(2)]
    graph = helper.make_graph(nodes, "streaming", [x, s], [y, s2], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_shapes_and_states(tmp_path):
    rng = np.random.default_rng(2)
    feeds = [{"x": rng.normal(size=(1, 8, h, 9)).astype(np.float32)} for h in (5, 8, 5, 5, 8)]
    assert_same_everywhere(
        streaming_convolution(),
        feeds,
        tmp_path,
        calibration=[feeds[0], feeds[2]],
        input_shapes=[{"x": (1, 8, 5, 9)}, {"x": (1, 8, 8, 9)}],
        state={"s2": "s"},
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO_MODELS)
def test_zoo_model(name, tmp_path):
    path = zoo_model(name)
    samples = [feed(onnx.load(path), seed) for seed in range(3)]
    assert_same_everywhere(path, samples[:1], tmp_path, calibration=samples)


@pytest.mark.slow
@pytest.mark.parametrize("name", UNCALIBRATED_ZOO_MODELS)
def test_uncalibrated_zoo_model(name, tmp_path):
    path = zoo_model(name)
    kernels = assert_same_everywhere(path, [feed(onnx.load(path))], tmp_path)
    assert "conv2d_dynamic_s8" in kernels


@pytest.mark.slow
@pytest.mark.parametrize("name", UNCALIBRATED_ZOO_MODELS)
def test_float_zoo_model(name, tmp_path):
    path = zoo_model(name)
    assert_same_everywhere(path, [feed(onnx.load(path))], tmp_path, FUSED_ISAS, "fp32")


def zoo_model(name):
    path = ZOO / "models" / f"{name}.onnx"
    if not path.exists():
        pytest.skip(f"{path} is not there; EDGERT_ZOO names the folder of the zoo")
    return path
