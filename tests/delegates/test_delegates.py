"""Sessions in which LiteRT computes partitions of a bundle."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import edgert
from edgert.bundle import BundleReader
from edgert.cli.group import cli
from edgert.delegated import get_available_providers
from edgert.providers import tflite
from edgert_compiler.emit.constants import ALIGNMENT
from edgert_compiler.segments import SegmentedBundle
from tests.delegates.models import compiled, convolutions, images, one_node, payload


def opened(path, **options):
    return edgert.InferenceSession(path, **{"providers": ["TFLite", "CPU"], **options})


@pytest.mark.parametrize("int8", [False, True], ids=["fp32", "int8"])
@pytest.mark.parametrize(
    ("middle", "runs"), [("Relu", ["TFLite"]), ("Erf", ["TFLite", "CPU", "TFLite"])]
)
def test_results_are_those_of_the_cpu(tmp_path, middle, runs, int8):
    reference = edgert.InferenceSession(compiled(tmp_path, middle=middle))
    largest = max(reference.run(None, feed)[0].max() for feed in images())
    path = compiled(tmp_path, middle=middle, int8=int8)
    with opened(path, strict=True) as session, edgert.InferenceSession(path) as own:
        assert [part.provider for part in session.get_partitions()] == runs
        for feed in images():
            [expected], [actual] = own.run(None, feed), session.run(None, feed)
            assert np.ptp(expected) > 1
            if int8:  # the kernels write float, which has no end of the scale
                expected = np.minimum(expected, largest)
            atol = 1.01 * largest / 255 if int8 else 1e-4  # one step of the output
            np.testing.assert_allclose(actual, expected, rtol=0, atol=atol)
        delegates = [call for call in session.profile(feed) if call.kernel == "TFLite"]
        assert len(delegates) == runs.count("TFLite")
        assert all(part.ms > 0 for part in session.get_partitions())


@pytest.mark.parametrize(("int8", "dtype"), [(False, "float32"), (True, "int8")])
def test_values_between_partitions_are_as_the_kernels_have_them(tmp_path, int8, dtype):
    data = compiled(tmp_path, middle="Erf", int8=int8).read_bytes()
    reader = BundleReader(data)
    first, middle, last = (segment.program for segment in reader.root.segments)
    inner = [first.outputs[0], middle.inputs[0], middle.outputs[0], last.inputs[0]]
    assert {reader.dtype_name(port.dtype) for port in inner} == {dtype}
    outer = [first.inputs[0], last.outputs[0]]
    assert {reader.dtype_name(port.dtype) for port in outer} == {"float32"}


def test_delegates_do_without_the_memory_of_the_kernels(tmp_path):
    path = compiled(tmp_path)
    both = opened(path, delegate="auto").memory_bytes
    with edgert.InferenceSession(path) as own:
        assert opened(path).memory_bytes == own.memory_bytes < both


def test_auto_takes_what_the_bundle_is_made_for(tmp_path):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = edgert.InferenceSession(compiled(tmp_path), delegate="auto")
        assert session.get_providers() == ["TFLite", "CPU"]
        edgert.compile(convolutions(), output=tmp_path / "plain.edgert", precision="fp32")
        session = edgert.InferenceSession(tmp_path / "plain.edgert", delegate="auto")
        assert session.get_providers() == ["CPU"]


def test_a_whole_model_is_delegated_however_small(tmp_path):
    path = tmp_path / "m.edgert"
    report = edgert.compile(one_node("Relu"), target="tflite", precision="fp32", output=path)
    assert "1 of 1 partitions are for TFLite" in report.notes


def test_a_model_of_other_operators_has_no_partitions(tmp_path):
    path = tmp_path / "m.edgert"
    report = edgert.compile(one_node("Asinh"), target="tflite", precision="fp32", output=path)
    assert "nothing is delegated: TFLite has none of its operators" in report.notes


def test_sessions_without_providers_run_one_program(tmp_path):
    session = edgert.InferenceSession(compiled(tmp_path))
    assert session.get_providers() == ["CPU"]
    [part] = session.get_partitions()
    assert (part.provider, part.inputs, part.outputs) == ("CPU", ("x",), ("y",))


@pytest.mark.parametrize(
    "options",
    [
        {"providers": ["TFLiteExecutionProvider", "CPUExecutionProvider"]},
        {"providers": [("TFLite", {"num_threads": 2})]},
        {"providers": ["tflite"], "provider_options": [{"num_threads": 1}]},
    ],
)
def test_names_and_options_are_onnxruntimes(tmp_path, options):
    session = opened(compiled(tmp_path), **options)
    assert session.get_providers() == ["TFLite", "CPU"]
    assert session.get_partitions()[0].provider == "TFLite"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"providers": ["CUDA"]}, "there is no provider 'CUDA'"),
        ({"providers": [("TFLite", {"speed": 9})]}, "has no option speed"),
        ({"providers": [("TFLite", {"num_threads": 0})]}, "num_threads"),
        ({"providers": [("CPU", {"a": 1})]}, "provider CPU has no options"),
        ({"provider_options": [{}]}, "2 providers have 1 provider_options"),
        ({"delegate": "sometimes"}, "delegate is 'sometimes'"),
    ],
)
def test_wrong_names_and_options_are_refused(tmp_path, options, message):
    with pytest.raises(edgert.InputError, match=message):
        opened(compiled(tmp_path), **options)


def test_what_stands_behind_the_cpu_is_not_used(tmp_path):
    session = opened(compiled(tmp_path), providers=["CPU", "TFLite"])
    assert session.get_providers() == ["CPU"]


def test_a_missing_interpreter_falls_to_the_cpu_with_one_warning(tmp_path, monkeypatch):
    path = compiled(tmp_path)
    monkeypatch.setattr(tflite, "_MODULES", ("no_such_interpreter",))
    assert get_available_providers() == ["CPU"]
    with pytest.warns(RuntimeWarning, match="TFLite is not installed") as caught:
        session = opened(path)
    assert len(caught) == 1
    [expected] = edgert.InferenceSession(path).run(None, images()[0])
    np.testing.assert_array_equal(session.run(None, images()[0])[0], expected)
    with pytest.raises(edgert.Error, match="ai-edge-litert"):
        opened(path, strict=True)


def test_a_bundle_without_partitions_runs_on_the_cpu(tmp_path):
    path = tmp_path / "m.edgert"
    edgert.compile(convolutions(), output=path, precision="fp32")
    with pytest.warns(RuntimeWarning, match="no partition for provider TFLite"):
        assert opened(path).get_providers() == ["CPU"]
    with pytest.raises(edgert.Error, match="no partition for provider TFLite"):
        opened(path, strict=True)


@pytest.mark.parametrize(("delay", "winner"), [(0.05, "CPU"), (0.0, "TFLite")])
def test_auto_keeps_what_is_faster(tmp_path, monkeypatch, delay, winner):
    import time

    from edgert import delegated

    path = compiled(tmp_path)
    slowed = tflite.Interpreter.run if delay else None
    if slowed is not None:
        monkeypatch.setattr(
            tflite.Interpreter, "run", lambda *args: (time.sleep(delay), slowed(*args))
        )
    else:
        own = delegated._Part._run_cpu
        monkeypatch.setattr(
            delegated._Part, "_run_cpu", lambda *args: (time.sleep(0.05), own(*args))
        )
    session = opened(path, delegate="auto")
    session.run(None, images()[0])
    [part] = session.get_partitions()
    assert part.provider == winner
    assert set(part.measured_ms) == {"CPU", "TFLite"}


def test_a_damaged_payload_is_one_error(tmp_path):
    data = bytearray(compiled(tmp_path).read_bytes())
    start, segment = payload(data)
    data[start : start + segment.payload_size] = bytes(segment.payload_size)
    with pytest.raises(edgert.BundleError, match="checksum"):
        opened(bytes(data))
    with pytest.raises(edgert.BundleError, match="does not take a payload"):
        opened(bytes(data), verify_checksum=False)


@pytest.mark.parametrize("field", ["payload_offset", "payload_size"])
def test_a_payload_outside_of_the_constants_is_refused(tmp_path, field):
    data = bytearray(compiled(tmp_path).read_bytes())
    _, segment = payload(data)
    position = segment.position_of(field)
    data[position : position + 8] = (1 << 60).to_bytes(8, "little")
    with pytest.raises(edgert.BundleError, match="payload of segment 0"):
        edgert.InferenceSession(bytes(data), verify_checksum=False)


def test_partitions_that_do_not_fit_are_refused(tmp_path, monkeypatch):
    segments = SegmentedBundle.segments
    monkeypatch.setattr(SegmentedBundle, "segments", lambda *args: (segments(*args)[0][1:], []))
    with pytest.raises(edgert.BundleError, match="partitions do not compute 'a'"):
        opened(compiled(tmp_path, middle="Erf"))


def test_constants_are_shared_and_payloads_aligned(tmp_path):
    data = compiled(tmp_path).read_bytes()
    plain = tmp_path / "plain.edgert"
    edgert.compile(convolutions(), output=plain, precision="fp32")
    start, segment = payload(data)
    assert start % 16 == segment.payload_offset % ALIGNMENT == 0
    assert len(data) - segment.payload_size < 1.05 * plain.stat().st_size + 4096


def test_the_command_line_shows_partitions_and_takes_providers(tmp_path):
    path = compiled(tmp_path, middle="Erf")
    shown = CliRunner().invoke(cli, ["inspect", str(path), "--json"])
    parts = json.loads(shown.stdout)["partitions"]
    assert [part["provider"] for part in parts] == ["TFLite", "CPU", "TFLite"]
    np.save(tmp_path / "x.npy", images()[0]["x"])
    command = ["run", str(path), "--input", str(tmp_path / "x.npy"), "--providers", "TFLite,CPU"]
    assert CliRunner().invoke(cli, command).exit_code == 0
    bench = ["bench", str(path), "--runs", "2", "--warmup", "0"]
    assert "there is no provider" in CliRunner().invoke(cli, [*bench, "--providers", "Nope"]).output
    measured = CliRunner().invoke(cli, [*bench, "--delegate", "auto", "--json"])
    parts = json.loads(measured.stdout)["partitions"]
    assert [sorted(part["measured_ms"]) for part in parts] == [
        ["CPU", "TFLite"],
        [],
        ["CPU", "TFLite"],
    ]
    shown = CliRunner().invoke(cli, [*bench, "--delegate", "auto"])
    assert "MEASURED" in shown.output


def test_a_missing_provider_is_one_line_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setattr(tflite, "_MODULES", ("no_such_interpreter",))
    command = ["bench", str(compiled(tmp_path)), "--providers", "TFLite", "--runs", "1"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0
    [line] = [line for line in result.output.splitlines() if "TFLite" in line]
    assert line.startswith("edgert: warning: provider TFLite is not installed")
    result = CliRunner().invoke(cli, [*command, "--strict"])
    assert result.exit_code == 1
    assert "TFLite is not installed" in result.output
