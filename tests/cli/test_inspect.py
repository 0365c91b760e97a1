"""`edgert inspect`, `targets`, `doctor`."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import onnx
import pytest

import edgert
from edgert import _core
from edgert.errors import RuntimeUnavailableError
from edgert_targets import all_targets

from .conftest import DIGITS, in_terminal, matmul_chain


def test_inspect_shows_what_is_inside(run_cli, digits_bundle):
    text = run_cli("inspect", digits_bundle).stdout
    assert "needs edgert 0.1.0 or newer" in text
    assert "input   image   float32  [1, 1, 8, 8]" in text
    assert "output  logits  float32  [1, 10]" in text
    assert 'preprocessing  {"channels": "gray"' in text
    assert "memory plan: " in text
    assert "largest" in text
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_inspect_json(run_cli, digits_bundle):
    found = json.loads(run_cli("inspect", digits_bundle, "--json").stdout)
    assert set(found) == {
        "bundle",
        "bytes",
        "constants_bytes",
        "labels",
        "metadata",
        "min_runtime",
        "partitions",
        "preprocessing",
        "programs",
        "states",
        "target",
    }
    assert found["bytes"] == digits_bundle.stat().st_size
    assert found["labels"] == 10
    (program,) = found["programs"]
    session = edgert.InferenceSession(digits_bundle)
    profile = session.profile({"image": np.zeros((1, 1, 8, 8), np.float32)})
    assert [(c["kernel"], c["node"]) for c in program["calls"]] == [
        (call.kernel, call.name) for call in profile
    ]
    assert sum(program["kernels"].values()) == len(profile)


def test_inspect_lists_calls_with_short_names(run_cli, tmp_path):
    name = "scope/" * 30 + "MatMul"
    edgert.compile(matmul_chain([name, "plain"]), output=tmp_path / "m.edgert")
    text = run_cli("inspect", tmp_path / "m.edgert", "--calls").stdout
    assert name not in text
    assert "scope/scope/" in text
    assert "plain" in text
    found = json.loads(run_cli("inspect", tmp_path / "m.edgert", "--json").stdout)
    assert any(name in call["node"] for call in found["programs"][0]["calls"])


def test_inspect_draws_the_memory_plan(run_cli, digits_bundle, tmp_path):
    run_cli("inspect", digits_bundle, "--svg", tmp_path / "plan.svg")
    root = ElementTree.parse(tmp_path / "plan.svg").getroot()
    assert len(root.findall("{http://www.w3.org/2000/svg}rect")) > 5


def test_inspect_needs_no_native_library(run_cli, digits_bundle, monkeypatch):
    expected = run_cli("inspect", digits_bundle).stdout

    def unavailable(_):
        raise RuntimeUnavailableError("there is none")

    monkeypatch.setattr(_core, "checksum", unavailable)
    assert run_cli("inspect", digits_bundle).stdout == expected


@pytest.mark.parametrize("command", ["inspect", "bench", "run"])
def test_what_is_no_bundle_is_one_line(fails, digits_bundle, tmp_path, command):
    (tmp_path / "text").write_text("hello, I am no bundle\n" * 10)
    (tmp_path / "empty").touch()
    (tmp_path / "cut").write_bytes(digits_bundle.read_bytes()[:-1000])
    damaged = bytearray(digits_bundle.read_bytes())
    damaged[-100] ^= 1
    (tmp_path / "damaged").write_bytes(damaged)
    more = ["--input", "x.npy"] if command == "run" else []
    for name, message in (
        ("text", "not a"),
        ("empty", ""),
        ("cut", "truncated or damaged"),
        ("damaged", "checksum does not match"),
        ("nowhere", "No such file"),
        (".", ""),
    ):
        text = fails(command, tmp_path / name, *more)
        assert message in text
        assert "\n" not in text
        assert str(tmp_path / name) in text


def test_targets(run_cli):
    names = [line.split()[0] for line in run_cli("targets").stdout.splitlines()[1:]]
    assert names == list(all_targets())
    found = json.loads(run_cli("targets", "--json").stdout)
    assert [target["name"] for target in found] == names
    assert all(target["description"] for target in found)


def test_doctor(run_cli, monkeypatch):
    monkeypatch.setenv("EDGERT_NUM_THREADS", "1")
    text = run_cli("doctor").stdout
    assert "EDGERT_NUM_THREADS=1" in text
    assert "instruction_set  " in text
    found = json.loads(run_cli("doctor", "--json").stdout)
    assert found["edgert"] == edgert.__version__
    assert found["packages"]["numpy"] is True
    assert found["providers"] == edgert.get_available_providers()


def test_names_are_no_markup(run_cli, tmp_path):
    onnx.save(matmul_chain(["[/bold] [red]node"]), tmp_path / "m.onnx")
    for command in (
        ["compile", tmp_path / "m.onnx"],
        ["inspect", tmp_path / "m.edgert", "--calls"],
        ["bench", tmp_path / "m.edgert", "--runs", 1, "--profile"],
    ):
        result = run_cli(*command)
        assert result.exit_code == 0
        assert "[/bold] [red]node" in result.stdout


def test_the_memory_plan_fits_a_narrow_terminal(digits_bundle):
    shown, _ = in_terminal("stdout", "inspect", digits_bundle, columns=40)
    plan = [line for line in shown.splitlines() if line[12:14] == " |"]
    assert len(plan) == 20
    assert all(len(line) == len(plan[0]) <= 40 for line in plan)


def test_inspect_indents_what_runs_in_a_loop(run_cli, tmp_path):
    from tests.control_flow.models import if_in_loop

    edgert.compile(if_in_loop().proto, output=tmp_path / "m.edgert")
    text = run_cli("inspect", tmp_path / "m.edgert", "--calls").stdout
    assert "  loop  " in text
    assert "    if  " in text
    found = json.loads(run_cli("inspect", tmp_path / "m.edgert", "--json").stdout)
    depths = {c["kernel"]: c["depth"] for c in found["programs"][0]["calls"]}
    assert (depths["loop"], depths["if"], depths["insert"]) == (0, 1, 1)


def test_ports_of_8_bits_tell_what_they_mean(run_cli, tmp_path):
    path = tmp_path / "m.edgert"
    samples = np.random.default_rng(0).uniform(0, 1, (4, 1, 1, 8, 8)).astype(np.float32)
    feeds = [{"image": sample} for sample in samples]
    edgert.compile(DIGITS, calibration=feeds, io_type="inputs=uint8", output=path)
    [port] = edgert.InferenceSession(path).get_inputs()
    [program] = json.loads(run_cli("inspect", path, "--json").stdout)["programs"]
    [shown], [output] = program["inputs"], program["outputs"]
    assert (shown["scale"], shown["zero_point"]) == port.quantization
    assert "scale" not in output
    scale, zero_point = port.quantization
    text = run_cli("inspect", path).stdout
    assert f"scale {scale:g}, zero point {zero_point}" in text
    assert not any(line != line.rstrip() for line in text.splitlines())
