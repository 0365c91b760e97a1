"""Every Python that the package says it works with, as far as this machine has them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import edgert

from .conftest import Environment, interpreter

RUNTIME = """
import sys
import numpy as np
import edgert
from edgert.compat.onnxruntime import InferenceSession
from edgert.compat.tflite import Interpreter

session = edgert.InferenceSession("model.edgert", num_threads=2)
[port] = session.get_inputs()
x = session.preprocess("photo.png")
[y] = session.run(None, {port.name: x})
np.save("scores.npy", y)
assert (InferenceSession("model.edgert").run(None, {port.name: x})[0] == y).all()
interpreter = Interpreter("model.edgert")
interpreter.allocate_tensors()
interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
interpreter.invoke()
assert (interpreter.get_tensor(interpreter.get_output_details()[0]["index"]) == y).all()
print(sys.version_info[:2], port, session)
"""
EVERY_MODULE = """
import importlib, pkgutil, sys
import edgert
for module in pkgutil.walk_packages(edgert.__path__, "edgert."):
    if module.name.split(".")[1] in ("__main__",):
        continue
    importlib.import_module(module.name)
"""


@pytest.fixture(params=["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"])
def environment(request, wheel, compiler_wheel, tmp_path):
    """A virtual environment of that version with the wheel, its command line and Pillow."""
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"there is no Python {request.param}")
    found = Environment(tmp_path / "venv", python)
    found.version = tuple(map(int, request.param.split(".")))
    found.install(f"edgert[cli,image] @ {wheel.as_uri()}")
    if found.version >= (3, 10):
        found.install(compiler_wheel)
    return found


def test_bundles_run_and_models_compile(environment, checkout, tmp_path):
    digits = checkout / "examples" / "digits" / "digits.onnx"
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    report = edgert.compile(
        digits, preprocess="unit channels=gray", output=tmp_path / "model.edgert"
    )
    environment.run("-c", EVERY_MODULE, cwd=tmp_path)
    environment.run("-c", RUNTIME, cwd=tmp_path)
    session = edgert.InferenceSession(tmp_path / "model.edgert")
    [expected] = session.run(None, {"image": session.preprocess(tmp_path / "photo.png")})
    np.testing.assert_array_equal(np.load(tmp_path / "scores.npy"), expected)
    for command in (
        "inspect model.edgert",
        "run model.edgert --input photo.png",
        "bench model.edgert",
        "doctor",
    ):
        environment.run("-m", "edgert", *command.split(), cwd=tmp_path)

    if environment.version >= (3, 10):
        compile_ = ("compile", digits, "--preprocess", "unit channels=gray", "-o", "again.edgert")
        environment.run("-m", "edgert", *compile_, cwd=tmp_path)
        assert (tmp_path / "again.edgert").stat().st_size == report.bundle_bytes
        environment.run("-m", "edgert", "targets", cwd=tmp_path)
    else:
        for command in (("compile", digits), ("targets",), ("check", digits)):
            done = subprocess.run(
                [environment.python, "-m", "edgert", *command],
                env={"PYTHONPATH": ""},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 1
            assert done.stderr.startswith(
                "edgert: the compiler needs Python 3.10 or later, and this is"
            )
            assert done.stderr.count("\n") == 1


def test_source_files_of_the_runtime_are_python_3_9(wheel):
    """Where there is no Python 3.9, its grammar at least."""
    import ast
    import zipfile

    archive = zipfile.ZipFile(wheel)
    names = [n for n in archive.namelist() if n.endswith(".py")]
    assert "edgert/session.py" in names
    for name in names:
        ast.parse(archive.read(name), name, feature_version=(3, 9))
    assert sys.version_info >= (3, 10)
