"""Several sets of shapes, declared state and the memory budget, from the command line."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest

import edgert
from edgert.cli.options import parse_bytes, parse_shapes, parse_states
from edgert_compiler.backend import Backend
from edgert_compiler.pipeline import Options, compile_source
from edgert_compiler.progress import NoProgress
from edgert_compiler.state import state_bindings
from tests.test_state import counter
from tests.test_variants import conv_net, two_inputs


@pytest.fixture
def conv_model(tmp_path):
    onnx.save(conv_net(), tmp_path / "conv.onnx")
    return tmp_path / "conv.onnx"


@pytest.mark.parametrize(
    ("options", "sets"),
    [
        ((), [{}]),
        (("x:1,3",), [{"x": (1, 3)}]),
        (("x:1,3", "y:4"), [{"x": (1, 3), "y": (4,)}]),
        (("x:1,3", "x:1,5"), [{"x": (1, 3)}, {"x": (1, 5)}]),
        (("x:1;y:2", "x:3;y:4"), [{"x": (1,), "y": (2,)}, {"x": (3,), "y": (4,)}]),
        (("x:1", "y:2", "x:3", "y:4"), [{"x": (1,), "y": (2,)}, {"x": (3,), "y": (4,)}]),
        (("input:0:1,2",), [{"input:0": (1, 2)}]),
        (("a;b:1,2;c:0:3",), [{"a;b": (1, 2), "c:0": (3,)}]),
        (("scalar:",), [{"scalar": ()}]),
        (("empty:3,0",), [{"empty": (3, 0)}]),
    ],
)
def test_shapes(options, sets):
    assert parse_shapes(options) == sets


@pytest.mark.parametrize("option", ["x", "x:a,b", "x:1,,2", "x:1,-2", ":1,2", "", "x:1;y"])
def test_malformed_shapes(option):
    with pytest.raises(edgert.InputError, match="--input-shape"):
        parse_shapes((option,))


def test_states():
    assert parse_states(("h2:h", "c:0:d:0")) == {"h2": "h", "c:0": "d:0"}
    for option in ("h", "h:", ":h", "a:b:c"):
        with pytest.raises(edgert.InputError, match="--state"):
            parse_states((option,))


def test_sizes():
    sizes = {"512": 512, "256K": 1 << 18, "1M": 1 << 20, "1.5m": 3 << 19, "2GiB": 2 << 30}
    assert {text: parse_bytes(text) for text in sizes} == sizes


def test_one_bundle_for_several_shapes(run_cli, fails, conv_model, tmp_path):
    shapes = ("--input-shape", "x:1,3,16,16", "--input-shape", "x:1,3,8,12")
    bundle = tmp_path / "conv.edgert"
    text = run_cli("compile", conv_model, *shapes, "--precision", "fp32").stdout
    assert "x float32[1, 3, 16, 16] -> scores" in text
    assert "x float32[1, 3, 8, 12] -> scores" in text
    assert run_cli("check", conv_model, *shapes).exit_code == 0

    shown = run_cli("inspect", bundle).stdout
    assert "program 'x:1,3,16,16'" in shown
    assert "program 'x:1,3,8,12'" in shown
    run_cli("inspect", bundle, "--svg", tmp_path / "plan.svg")

    def benched(*arguments):
        return json.loads(run_cli("bench", bundle, "--runs", 2, "--json", *arguments).stdout)

    assert benched()["input_shapes"] == {"x": [1, 3, 16, 16]}
    assert benched(*shapes[2:])["input_shapes"] == {"x": [1, 3, 8, 12]}
    np.save(tmp_path / "x.npy", np.zeros((1, 3, 8, 12), np.float32))
    assert benched("--input", f"x={tmp_path / 'x.npy'}")["input_shapes"] == {"x": [1, 3, 8, 12]}
    known = "it has x:1,3,16,16 or x:1,3,8,12"
    assert known in fails("bench", bundle, "--input-shape", "x:1,3,9,9")
    assert "one set" in fails("bench", bundle, *shapes)


def test_open_inputs_of_a_set_are_named(fails, tmp_path):
    onnx.save(two_inputs(), tmp_path / "m.onnx")
    message = fails(
        "compile", tmp_path / "m.onnx", "--input-shape", "a:2,3;b:3,4", "--input-shape", "a:2,5"
    )
    assert "'b' is [5, N]; give" in message
    assert message.endswith("--input-shape b:5,64")


def test_state_and_budget(run_cli, fails, tmp_path):
    onnx.save(counter(), tmp_path / "m.onnx")
    np.save(tmp_path / "s.npy", np.full((3, 4), 7, np.float32))
    options = ("--state", "s2:s", "--initial-state", f"s={tmp_path / 's.npy'}")
    text = run_cli("compile", tmp_path / "m.onnx", *options, "--max-ram", "1K").stdout
    assert "s2 -> s float32[3, 4]" in text
    [state] = json.loads(run_cli("inspect", tmp_path / "m.edgert", "--json").stdout)["states"]
    assert state == {"name": "s", "type": "float32", "shape": [3, 4], "output": "s2"}
    assert "state" in run_cli("inspect", tmp_path / "m.edgert").stdout
    session = edgert.InferenceSession(tmp_path / "m.edgert")
    assert (session.get_state()["s"] == 7).all()
    assert "--max-ram" in fails("compile", tmp_path / "m.onnx", *options, "--max-ram", "100")


class Foreign(Backend):
    """A target whose runtime plans its memory itself."""

    def unsupported(self, model):
        return []

    def emit(self, work, progress):
        raise AssertionError("not reached")


@pytest.mark.parametrize(
    "asked", [{"states": state_bindings({"s2": "s"})}, {"max_ram": 1}, {"input_shapes": ({}, {})}]
)
def test_targets_that_do_not_plan_memory_refuse(asked):
    with pytest.raises(edgert.CompileError, match="does not offer it"):
        compile_source(counter(), Options(**asked), NoProgress(), Foreign())
