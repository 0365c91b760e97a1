"""Every example of every --help works as it stands, where the files that it names are."""

from __future__ import annotations

import os
import pkgutil
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

import edgert
from edgert.cli import commands
from edgert.cli.group import cli


def examples() -> list[str]:
    """The lines of examples in the help of the command and of its subcommands."""
    context = click.Context(cli)
    names = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    helps = [cli.help, *(getattr(cli.get_command(context, name), "help", "") for name in names)]
    lines = [line.strip() for text in helps for line in str(text).splitlines()]
    return [line for line in lines if re.match(r"([A-Z_]+=\S+ )?edgert ", line)]


EXAMPLES = examples()


def classifier(shape: list[int | str], name: str = "input") -> onnx.ModelProto:
    """Convolution, mean over the image, scores of four classes."""
    rng = np.random.default_rng(5)
    weights = {"w": (8, 3, 3, 3), "m": (8, 4)}
    nodes = [
        helper.make_node("Conv", [name, "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["g"]),
        helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("MatMul", ["f", "m"], ["scores"]),
    ]
    return model(
        nodes,
        {name: shape},
        {"scores": [shape[0], 4]},
        {key: rng.standard_normal(dims).astype(np.float32) for key, dims in weights.items()},
    )


def model(
    nodes: list[onnx.NodeProto],
    inputs: dict[str, list[int | str]],
    outputs: dict[str, list[int | str]],
    constants: dict[str, np.ndarray] | None = None,
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "example",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def adder(a: str, b: str) -> onnx.ModelProto:
    node = helper.make_node("Add", [a, b], ["y"])
    shape: list[int | str] = ["n", "t"]
    return model([node], {a: shape, b: shape}, {"y": shape})


def streaming() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Add", ["x", "h_in"], ["h_out"]),
        helper.make_node("Mul", ["x", "c_in"], ["c_out"]),
        helper.make_node("Add", ["h_out", "c_out"], ["y"]),
    ]
    shape: list[int | str] = [1, 8]
    inputs = dict.fromkeys(("x", "h_in", "c_in"), shape)
    return model(nodes, inputs, dict.fromkeys(("y", "h_out", "c_out"), shape))


def make_model(line: str) -> onnx.ModelProto:
    """The model that an example is about."""
    if "--state" in line:
        return streaming()
    if "ids:" in line:
        return adder("ids", "mask")
    if "a=a.npy" in line:
        return adder("a", "b")
    name = "x" if " x:" in line else "input"
    is_open = "--input-shape" in line
    return classifier(["n", 3, "h", "w"] if is_open else [1, 3, 32, 32], name)


def make_files(line: str, folder: Path) -> None:
    """Everything that an example names."""
    made = make_model(line)
    for name in ("model.onnx", "m.onnx"):
        onnx.save(made, folder / name)
    (folder / "images").mkdir()
    rng = np.random.default_rng(6)
    for path in (folder / "photo.jpg", folder / "images" / "0.jpg", folder / "images" / "1.png"):
        Image.fromarray(rng.integers(0, 256, (48, 40, 3), np.uint8)).save(path)
    (folder / "spec.yaml").write_text("preset: imagenet\nresize: exact\n")
    np.savez(folder / "data.npz", input=rng.random((3, 3, 32, 32), np.float32))
    for name in "ab":
        np.save(folder / f"{name}.npy", rng.random((1, 4), np.float32))
    compile_bundle(line, made, folder / "model.edgert")


def compile_bundle(line: str, made: onnx.ModelProto, path: Path) -> None:
    shapes: object = None
    if "a=a.npy" in line:
        shapes = {"a": (1, 4), "b": (1, 4)}
    elif " compile " not in line and "--input-shape" in line:
        shapes = [{"input": (1, 3, 32, 32)}, {"input": (1, 3, 320, 320)}]
    elif len(made.graph.input) > 1 or "--input-shape" in line:
        return  # the example compiles it itself
    target = "tflite" if "TFLite" in line else "host"
    is_image = made.graph.input[0].name == "input"
    edgert.compile(
        made,
        target=target,
        input_shapes=shapes,
        preprocess="imagenet resize=exact" if is_image else None,
        output=path,
    )


@pytest.mark.parametrize("line", EXAMPLES)
def test_example(line, run_cli: Callable[..., click.testing.Result], tmp_path, monkeypatch):
    if "TFLite" in line:
        pytest.importorskip("ai_edge_litert")
    make_files(line, tmp_path)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line, comments=True)
    while "=" in words[0]:
        monkeypatch.setenv(*words.pop(0).split("=", 1))
    result = run_cli(*words[1:])
    assert result.exit_code == 0, result.output
    for option in ("-o", "--svg", "--output-dir"):
        if option in words:
            assert os.path.exists(words[words.index(option) + 1])


def test_there_is_an_example_of_every_command():
    named = {re.search(r"edgert (\w+)", line)[1] for line in EXAMPLES}  # type: ignore[index]
    assert named == {module.name for module in pkgutil.iter_modules(commands.__path__)}
