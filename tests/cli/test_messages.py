"""What commands say when they are used wrongly, for people and for programs."""

from __future__ import annotations

import json
import pkgutil
import shlex
import shutil

import numpy as np
import onnx
import pytest
from click.testing import CliRunner

import edgert
from edgert.cli import commands
from edgert.cli.commands import doctor
from edgert.cli.group import cli

from ..messages.models import SIZES, broken
from .conftest import DIGITS

ARGUMENTS = {
    "bench": ["nowhere.edgert"],
    "check": ["nowhere.onnx"],
    "compile": ["nowhere.onnx"],
    "doctor": ["extra"],
    "export": ["nowhere.onnx", "--format", "onnx"],
    "inspect": ["nowhere.edgert"],
    "run": ["nowhere.edgert", "--input", "x=x.npy"],
    "targets": ["extra"],
}


def failure(run_cli, *arguments: object) -> dict[str, object]:
    """The one JSON object of a command that fails."""
    result = run_cli(*arguments, "--json")
    assert result.exit_code in (1, 2)
    assert result.stderr == ""
    content = json.loads(result.stdout)
    assert set(content) == {"error", "message", "nodes"}
    assert (content["error"] == "UsageError") == (result.exit_code == 2)
    return content


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.iter_modules(commands.__path__)]
)
def test_failures_are_json_where_that_is_asked_for(run_cli, name):
    content = failure(run_cli, name, *ARGUMENTS[name])
    assert ARGUMENTS[name][0] in content["message"]
    assert failure(run_cli, name, "--nonsense")["error"] == "UsageError"


def test_json_failures_list_the_nodes(run_cli, tmp_path):
    onnx.save(SIZES[0].model(), tmp_path / "m.onnx")
    content = failure(run_cli, "compile", tmp_path / "m.onnx")
    assert content["error"] == "UnsupportedOpError"
    [node] = content["nodes"]
    assert set(node) == {"node", "op", "domain", "opset", "reason"}
    assert (node["node"], node["op"]) == ("Reshape_y", "Reshape")
    invalid = broken("", "(float[4] x) => (float[4] y)", "y = Not(x)").model()
    onnx.save(invalid, tmp_path / "m.onnx")
    content = failure(run_cli, "check", tmp_path / "m.onnx")
    assert [node["op"] for node in content["nodes"]] == ["Not"]


def test_wrong_commands_are_json_too(run_cli):
    assert "did you mean 'compile'" in failure(run_cli, "compil")["message"]
    assert failure(run_cli, "--nonsense")["error"] == "UsageError"


@pytest.mark.parametrize(
    ("arguments", "guess"),
    [
        (["compil", DIGITS], "'compile'"),
        (["benchmark"], "'bench'"),
        (["compile", DIGITS, "--tagret", "host"], "--target"),
        (["compile", DIGITS, "--target", "arm46"], "'arm64'"),
        (["compile", DIGITS, "--target", "ARM64"], "'arm64'"),
        (["compile", DIGITS, "--precision", "int9"], "'int8'"),
        (["compile", DIGITS, "--io-layout", "nwhc"], "'nhwc'"),
        (["compile", DIGITS, "--observer", "min_maxx"], "'min_max'"),
        (["compile", DIGITS, "--preprocess", "imagnet"], "'imagenet'"),
        (["compile", DIGITS, "--preprocess", "imagenet rezise=exact"], "'resize'"),
        (["compile", DIGITS, "--preprocess", "imagenet resize=exakt"], "'exact'"),
        (["compile", DIGITS, "--input-shape", "imgae:1,1,8,8"], "'image'"),
        (["compile", DIGITS, "--constant", "imag=1"], "'image'"),
        (["compile", DIGITS, "--state", "logit:image"], "'logits'"),
        (["compile", DIGITS, "--target-option", "io_typ=int8"], "'io_type'"),
        (["compile", DIGITS, "--target-option", "io_layout=nhcw"], "'nhwc'"),
        (["run", "BUNDLE", "--input", "imgae=x.npy"], "'image'"),
        (["run", "BUNDLE", "--providers", "TFLit"], "'TFLite'"),
        (["bench", "BUNDLE", "--delegate", "atuo"], "'auto'"),
    ],
)
def test_guesses(run_cli, digits_bundle, arguments, guess, tmp_path):
    given = [digits_bundle if a == "BUNDLE" else a for a in arguments]
    result = run_cli(*given, *(["-o", tmp_path / "o.edgert"] if given[0] == "compile" else []))
    assert result.exit_code in (1, 2)
    assert "id you mean" in result.stderr
    assert guess in result.stderr.partition("id you mean")[2]


def test_what_is_not_alike_is_no_guess(run_cli):
    assert "did you mean" not in run_cli("frobnicate").stderr
    assert "did you mean" not in run_cli("compile", DIGITS, "--target", "gpu").stderr


def test_sessions_guess_names(digits_bundle):
    session = edgert.InferenceSession(digits_bundle)
    x = np.zeros((1, 1, 8, 8), np.float32)
    with pytest.raises(edgert.InputError, match="did you mean 'image'"):
        session.run(None, {"imgae": x})
    with pytest.raises(edgert.InputError, match="did you mean 'logits'"):
        session.run(["logit"], {"image": x})
    with pytest.raises(edgert.InputError, match="did you mean 'image'"):
        session.preprocess(x, "Image")


def test_run_lists_the_inputs_with_an_example_to_paste(
    run_cli, digits_bundle, digit_image, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shutil.copy(digit_image, "photo.jpg")
    bundle = tmp_path / "the digits.edgert"
    shutil.copy(digits_bundle, bundle)
    result = run_cli("run", bundle)
    assert result.exit_code == 2
    assert "\n  image: float32 [1, 1, 8, 8], an image or a .npy\n" in result.stderr
    program, *example = shlex.split(result.stderr.strip().rpartition("for example: ")[2])
    assert program == "edgert"
    assert run_cli(*example).exit_code == 0


def test_run_lists_several_inputs(run_cli, two_inputs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    edgert.compile(two_inputs, output="two.edgert")
    for name in "ab":
        np.save(f"{name}.npy", np.ones((1, 3), np.float32))
    text = run_cli("run", "two.edgert").stderr
    assert "\n  a: float32 [1, 3]\n  b: float32 [1, 3]\n" in text
    example = shlex.split(text.strip().rpartition("for example: ")[2])
    assert run_cli(*example[1:]).exit_code == 0


@pytest.mark.parametrize("command", ["run", "bench", "inspect"])
def test_models_are_to_be_compiled_first(run_cli, command, tmp_path):
    model = tmp_path / "digits.onnx"
    shutil.copy(DIGITS, model)
    result = run_cli(command, model)
    assert result.exit_code == 1
    assert result.stderr.strip().endswith(f"compile it first: edgert compile {model}")
    assert failure(run_cli, command, model)["error"] == "BundleError"


def test_defects_are_one_line(monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise IndexError("of the list")

    monkeypatch.delenv("EDGERT_TRACEBACK", raising=False)
    monkeypatch.setattr(doctor.command, "callback", fail)
    result = CliRunner().invoke(cli, ["doctor"], prog_name="edgert")
    assert result.exit_code == 1
    assert result.stderr.startswith("edgert: unexpected IndexError: of the list; this is a defect")
    assert "EDGERT_TRACEBACK=1" in result.stderr
    content = json.loads(CliRunner().invoke(cli, ["doctor", "--json"]).stdout)
    assert content["error"] == "Error"
