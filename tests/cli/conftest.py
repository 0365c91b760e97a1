"""Bundles, models and pictures that the commands are tried on."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageDraw

import edgert
from edgert.cli.group import cli

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits" / "digits.onnx"
PREPROCESS = "channels=gray resize=exact"


@pytest.fixture
def run_cli():
    """Calls `edgert ARGUMENTS`; stdout and stderr are apart. An unexpected exception is raised."""

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(
            cli, [str(a) for a in arguments], prog_name="edgert", env={"EDGERT_TRACEBACK": "1"}
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def fails(run_cli):
    """Calls the command, which must fail with exit code 1 and one message; gives the message."""

    def run(*arguments: object) -> str:
        result = run_cli(*arguments)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        assert result.stderr.startswith("edgert: ")
        return result.stderr.removesuffix("\n")

    return run


@pytest.fixture(scope="session")
def digits_bundle(tmp_path_factory) -> Path:
    """The digits model, with declared preprocessing and labels."""
    path = tmp_path_factory.mktemp("digits") / "digits.edgert"
    labels = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    edgert.compile(DIGITS, preprocess=PREPROCESS, labels=labels, output=path)
    return path


@pytest.fixture(scope="session")
def two_inputs(tmp_path_factory) -> Path:
    """An ONNX model: sum = a + b, indices = argmax over axis 1; `a` has an open batch."""
    path = tmp_path_factory.mktemp("two") / "two.onnx"
    onnx.save(two_inputs_model(), path)
    return path


def two_inputs_model() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Add", ["a", "b"], ["sum"], name="add"),
        helper.make_node("ArgMax", ["sum"], ["in/dices"], name="argmax", axis=1, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "two",
        [
            helper.make_tensor_value_info("a", TensorProto.FLOAT, ["n", 3]),
            helper.make_tensor_value_info("b", TensorProto.FLOAT, [1, 3]),
        ],
        [
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["n", 3]),
            helper.make_tensor_value_info("in/dices", TensorProto.INT64, ["n"]),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def matmul_chain(names: list[str]) -> onnx.ModelProto:
    """Products by constants, with these node names: x[1,8] -> … -> y[1,8]."""
    values = ["x", *(f"v{i}" for i in range(1, len(names))), "y"]
    weight = numpy_helper.from_array(np.eye(8, dtype=np.float32), "w")
    nodes = [
        helper.make_node("MatMul", [values[i], "w"], [values[i + 1]], name=name)
        for i, name in enumerate(names)
    ]
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 8]) for n in ("x", "y")]
    graph = helper.make_graph(nodes, "chain", ports[:1], ports[1:], [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


@pytest.fixture(scope="session")
def digit_image(tmp_path_factory) -> Path:
    """A white "1" on black, much larger than the model's input."""
    path = tmp_path_factory.mktemp("images") / "one.png"
    draw_digit("1").save(path)
    return path


def draw_digit(text: str) -> Image.Image:
    image = Image.new("L", (160, 160), 0)
    draw = ImageDraw.Draw(image)
    if text == "1":
        draw.rectangle((70, 10, 100, 150), fill=255)
    else:
        draw.ellipse((40, 10, 120, 150), outline=255, width=28)
    return image


def in_terminal(stream: str, *arguments: object, columns: int = 80) -> tuple[str, str]:
    """Runs `edgert` with "stdout" or "stderr" on a terminal; gives what it shows, and the other."""
    terminal, end = pty.openpty()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: end}
    shown: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(terminal, 4096):
                shown.append(chunk)
        except OSError:  # the other end is closed
            return

    with subprocess.Popen(
        [sys.executable, "-m", "edgert", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": str(columns), "TERM": "xterm"},
        **pipes,
    ) as process:
        os.close(end)
        reader = threading.Thread(target=read)
        reader.start()
        stdout, stderr = process.communicate(timeout=300)
    reader.join()
    os.close(terminal)
    assert process.returncode == 0, stderr
    return b"".join(shown).decode(), (stderr if stream == "stdout" else stdout).decode()
