"""Sessions in which Core ML computes partitions of a bundle.

Off macOS the evaluator of saved packages computes them: what is tested then is that packages, ports
and options arrive, not Core ML itself.
"""

from __future__ import annotations

import io
import json
import platform
import zipfile

import numpy as np
import onnx.parser
import pytest

import edgert
from edgert.delegated import get_available_providers
from edgert.providers import coreml
from tests.delegates.models import compiled, images, payload, with_payload

PROVIDERS = ["CoreML", "CPU"]


def opened(path, **options):
    return edgert.InferenceSession(path, **{"providers": PROVIDERS, "strict": True, **options})


@pytest.mark.parametrize("int8", [False, True], ids=["fp32", "int8"])
@pytest.mark.parametrize(
    ("middle", "runs"), [("Relu", ["CoreML"]), ("Asinh", ["CoreML", "CPU", "CoreML"])]
)
def test_results_are_those_of_the_cpu(tmp_path, evaluated_coreml, middle, runs, int8):
    path = compiled(tmp_path, "coreml", middle, int8)
    session, own = opened(path), edgert.InferenceSession(path)
    assert [part.provider for part in session.get_partitions()] == runs
    for feed in images():
        [expected], [actual] = own.run(None, feed), session.run(None, feed)
        assert np.ptp(expected) > 1
        # Half precision moves an activation to the next step now and then; products add these up.
        atol = 4 * expected.max() / 255 if int8 else 1e-4
        np.testing.assert_allclose(actual, expected, rtol=0, atol=atol)


INTEGERS = """
<ir_version: 9, opset_import: ["" : 17]>
integers (float[2, 3] x, int64[2, 3] i, bool[2, 3] b)
    => (int64[2, 3] j, bool[2, 3] c, float[2, 3] y) {
  j = Add (i, i)
  c = Not (b)
  y = Relu (x)
}
"""


def test_ports_keep_names_and_types_that_core_ml_lacks(tmp_path, evaluated_coreml):
    path = tmp_path / "m.edgert"
    model = onnx.parser.parse_model(INTEGERS)
    model.graph.input[0].name = model.graph.node[2].input[0] = "in/x"
    edgert.compile(model, target="coreml", precision="fp32", output=path)
    session = opened(path)
    assert [part.provider for part in session.get_partitions()] == ["CoreML"]
    x = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    i, b = np.arange(6).reshape(2, 3), x > 0
    j, c, y = session.run(None, {"in/x": x, "i": i, "b": b})
    np.testing.assert_array_equal(j, 2 * i)
    np.testing.assert_array_equal(c, ~b)
    np.testing.assert_array_equal(y, np.maximum(x, 0))
    assert (j.dtype, c.dtype) == (np.int64, np.bool_)
    with pytest.raises(edgert.InputError, match="'i' has numbers beyond 32 bits"):
        session.run(None, {"in/x": x, "i": i + 2**31, "b": b})


def test_options_are_onnxruntimes(tmp_path, evaluated_coreml):
    path, cache = compiled(tmp_path, "coreml", "Asinh"), tmp_path / "cache"
    options = {"MLComputeUnits": "CPUAndNeuralEngine", "ModelCacheDirectory": str(cache)}
    for _ in range(2):  # the second session finds the compiled packages
        session = opened(path, providers=[("CoreMLExecutionProvider", options)])
        assert session.get_providers() == PROVIDERS
        session.run(None, images()[0])
    assert evaluated_coreml == 4 * ["CPU_AND_NE"]
    assert len([entry for entry in cache.iterdir() if entry.suffix == ".mlmodelc"]) == 2
    session.close()
    del session
    assert {entry.suffix for entry in cache.iterdir()} == {".mlmodelc"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"speed": 9}, "has no option speed; it has MLComputeUnits, ModelCacheDirectory"),
        ({"MLComputeUnits": "TPU"}, "MLComputeUnits of provider CoreML is 'TPU'; give one of ALL"),
    ],
)
def test_wrong_options_are_refused(tmp_path, evaluated_coreml, options, message):
    with pytest.raises(edgert.InputError, match=message):
        opened(compiled(tmp_path, "coreml"), providers=[("CoreML", options)])


def test_a_cache_that_cannot_be_is_one_error(tmp_path, evaluated_coreml):
    (tmp_path / "file").write_bytes(b"")
    options = {"ModelCacheDirectory": str(tmp_path / "file" / "cache")}
    with pytest.raises(edgert.Error, match="cannot unpack a payload"):
        opened(compiled(tmp_path, "coreml"), providers=[("CoreML", options)])


@pytest.mark.skipif(platform.system() == "Darwin", reason="Core ML is on macOS")
def test_where_there_is_no_core_ml_the_cpu_computes(tmp_path):
    path = compiled(tmp_path, "coreml")
    assert "CoreML" not in get_available_providers()
    with pytest.warns(RuntimeWarning, match=r"CoreML is not installed \(on macOS: pip install"):
        session = opened(path, strict=False)
    assert session.get_providers() == ["CPU"]
    with pytest.raises(edgert.Error, match="CoreML is not installed"):
        opened(path)


def test_a_package_for_a_newer_system_falls_to_the_cpu(tmp_path, evaluated_coreml, monkeypatch):
    from coremltools import models

    def refuse(*_):
        raise Exception("this version is not supported")  # as coremltools does

    monkeypatch.setattr(models.utils, "compile_model", refuse)
    path = compiled(tmp_path, "coreml")
    with pytest.warns(RuntimeWarning, match="does not run a partition of the bundle: this version"):
        session = opened(path, strict=False)
    assert session.get_providers() == ["CPU"]
    [expected] = edgert.InferenceSession(path).run(None, images()[0])
    np.testing.assert_array_equal(session.run(None, images()[0])[0], expected)
    with pytest.raises(edgert.Error, match="does not run a partition"):
        opened(path)


def archive(entries, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return buffer.getvalue()


PORTS = json.dumps({"inputs": [["x", "float32", [1]]], "outputs": []})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        archive({"model.mlpackage/Manifest.json": b"{}"}),
        archive({coreml.PORTS: b"{"}),
        archive({coreml.PORTS: b"[]"}),
        archive({coreml.PORTS: json.dumps({"inputs": [[1]], "outputs": []})}),
        archive({coreml.PORTS: PORTS, "large": bytes(1 << 20)}, zipfile.ZIP_DEFLATED),
    ],
    ids=["empty", "no archive", "no ports", "no json", "a list", "a short port", "compressed"],
)
def test_a_damaged_payload_is_one_error(evaluated_coreml, data):
    with pytest.raises(edgert.BundleError, match="CoreML does not take a payload"):
        coreml.open(data, {})


def test_nothing_is_written_outside_of_the_folder(tmp_path, evaluated_coreml):
    outside = tmp_path / "outside"
    data = archive({coreml.PORTS: PORTS, f"../../..{outside}": b"1", str(outside): b"2"})
    with pytest.raises(edgert.Error):
        coreml.open(data, {})
    assert not outside.exists()


def test_a_payload_of_other_ports_is_refused(tmp_path, evaluated_coreml):
    data = bytearray(compiled(tmp_path, "coreml").read_bytes())
    start, segment = payload(data)
    old = bytes(data[start : start + segment.payload_size])
    with zipfile.ZipFile(io.BytesIO(old)) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    entries[coreml.PORTS] = entries[coreml.PORTS].replace(b"32, 32, 32", b"32, 32, 31")
    with pytest.raises(edgert.BundleError, match="has other inputs or outputs"):
        opened(with_payload(data, archive(entries)), verify_checksum=False)


@pytest.mark.skipif(platform.system() != "Darwin", reason="Core ML predicts on macOS only")
@pytest.mark.parametrize("middle", ["Relu", "Asinh"])
def test_core_ml_itself(tmp_path, middle):
    pytest.importorskip("coremltools", reason="coremltools is not installed")
    path = compiled(tmp_path, "coreml", middle)
    for feed in images():
        [expected] = edgert.InferenceSession(path).run(None, feed)
        [actual] = opened(path, providers=[("CoreML", {"MLComputeUnits": "CPUOnly"})]).run(
            None, feed
        )
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-3)
