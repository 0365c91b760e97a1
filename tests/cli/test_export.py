"""`edgert export`, and the target onnx."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

import edgert

from .conftest import DIGITS


@pytest.fixture
def calibration(tmp_path):
    path = tmp_path / "samples.npz"
    [port] = onnxruntime.InferenceSession(DIGITS).get_inputs()
    rng = np.random.default_rng(2)
    shape = [8, *port.shape[1:]]
    np.savez(path, **{port.name: rng.uniform(0, 16, shape).astype(np.float32)})
    return path


def outputs(session, x):
    return session.run(None, {session.get_inputs()[0].name: x})


def test_int8_runs_in_onnxruntime_as_in_edgert(run_cli, tmp_path, calibration):
    path = tmp_path / "digits.onnx"
    run_cli("export", DIGITS, "--format", "onnx", "--calibration", calibration, "-o", path)
    bundle = edgert.compile(DIGITS, precision="int8", calibration=calibration).bundle
    x = np.load(calibration)[onnxruntime.InferenceSession(DIGITS).get_inputs()[0].name][:1]
    [theirs] = outputs(onnxruntime.InferenceSession(path), x)
    [ours] = outputs(edgert.InferenceSession(bundle), x)
    np.testing.assert_allclose(theirs, ours, atol=1e-3 * np.abs(ours).max())

    model = onnx.load(path)
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in model.graph.node}
    assert path.stat().st_size < DIGITS.stat().st_size, "weights are int8, and only once in it"
    assert {o.version for o in model.opset_import if not o.domain} <= {17, 18, 19, 20, 21}
    assert model.producer_name == "edgert"


def test_fp32_is_the_same_model(run_cli, tmp_path):
    path = tmp_path / "digits.onnx"
    run_cli("export", DIGITS, "--format", "onnx", "--precision", "fp32", "-o", path)
    x = np.ones(onnxruntime.InferenceSession(DIGITS).get_inputs()[0].shape, np.float32)
    [expected] = outputs(onnxruntime.InferenceSession(DIGITS), x)
    [result] = outputs(onnxruntime.InferenceSession(path), x)
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_an_exported_model_compiles_to_the_same_int8_bundle(tmp_path, calibration):
    exported = edgert.compile(DIGITS, target="onnx", calibration=calibration).bundle
    x = np.load(calibration)[onnxruntime.InferenceSession(DIGITS).get_inputs()[0].name][:1]
    direct = edgert.compile(DIGITS, calibration=calibration).bundle
    again = edgert.compile(exported).bundle
    [expected] = outputs(edgert.InferenceSession(direct), x)
    assert np.array_equal(outputs(edgert.InferenceSession(again), x)[0], expected)


def test_the_model_itself_is_not_overwritten(run_cli, tmp_path):
    model = tmp_path / "m.onnx"
    model.write_bytes(DIGITS.read_bytes())
    run_cli("export", model, "--format", "onnx")
    assert model.read_bytes() == DIGITS.read_bytes()
    assert (tmp_path / "m.optimized.onnx").exists()


def test_an_unknown_format_lists_the_known_ones(run_cli):
    result = run_cli("export", DIGITS, "--format", "pickle")
    assert result.exit_code == 2
    assert "onnx" in result.stderr
    assert "arm64" not in result.stderr


@pytest.mark.parametrize("command", ["compile", "export"])
@pytest.mark.parametrize(
    ("name", "identifier"), [("m.tflite", b"TFL3"), ("m.ONNX", b""), ("M.mlpackage/", None)]
)
def test_the_suffix_chooses_what_is_written(run_cli, tmp_path, command, name, identifier):
    path = tmp_path / name
    result = run_cli(command, DIGITS, "-o", f"{tmp_path}/{name}", "--precision", "fp32")
    assert result.exit_code == 0, result.stderr
    if identifier is None:
        assert (path / "Manifest.json").is_file()
    elif identifier:
        assert path.read_bytes()[4:8] == identifier
    else:
        assert [node.op_type for node in onnx.load(path).graph.node]


@pytest.mark.parametrize("name", ["m.edgert", "m", "m.bin", "m.model.v1", "m.pt"])
def test_any_other_suffix_is_one_of_bundles(run_cli, tmp_path, name):
    assert run_cli("compile", DIGITS, "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / name).read_bytes()[4:8] == b"EDGR"
    for options in (["-o", tmp_path / name], []):
        result = run_cli("export", DIGITS, *options)
        assert result.exit_code == 2
        assert "give --format, or -o with its suffix; formats: coreml, onnx, tflite" in (
            result.stderr.replace("\n", " ")
        )


@pytest.mark.parametrize("output", ["m.tflite", "m.mlpackage", "m.onnx"])
def test_an_explicit_target_does_not_take_the_suffix_of_another(tmp_path, output):
    for target in ("host", "arm64", "rpi4"):
        with pytest.raises(edgert.CompileError, match=rf"not '{output}'; target '\w+' writes"):
            edgert.compile(DIGITS, target=target, output=tmp_path / output)
    assert not list(tmp_path.iterdir())
    report = edgert.compile(DIGITS, output=tmp_path / output)
    assert report.target in ("tflite", "coreml", "onnx")
