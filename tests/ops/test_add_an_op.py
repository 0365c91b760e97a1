"""Follows docs/add-an-op.md: the files it shows are all there is to add."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx_ir as ir
import pytest

from edgert_compiler.lowering import registry as lowerings
from edgert_compiler.lowering.lower import lower
from edgert_compiler.operators import registry
from edgert_compiler.quantization.plan import QuantizationPlan
from tests import interpreter

ROOT = Path(__file__).resolve().parents[2]


def shown_file(path: str) -> str:
    """The code block that the page shows as the content of `path`."""
    page = (ROOT / "docs" / "add-an-op.md").read_text()
    found = re.search(rf"^`{re.escape(path)}`[^\n]*\n```\w+\n(.*?)^```", page, re.S | re.M)
    assert found, f"the page shows no {path}"
    return found[1]


@pytest.fixture
def added_operator(tmp_path, monkeypatch):
    """The Python file in a folder that belongs to the package."""
    text = shown_file("compiler/edgert_compiler/operators/elementwise/squareplus.py")
    (tmp_path / "squareplus.py").write_text(text)
    package = importlib.import_module("edgert_compiler.operators.elementwise")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    forget_operators()
    yield
    forget_operators()


def forget_operators() -> None:
    registry.all_operators.cache_clear()
    lowerings.all_lowerings.cache_clear()


def squareplus(b: float) -> ir.Graph:
    x = ir.Value(name="x", type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape((2, 3)))
    node = ir.node("Squareplus", [x], {"b": b}, domain="com.example", name="node")
    y = node.outputs[0]
    y.name, y.type, y.shape = "y", x.type, x.shape
    return ir.Graph([x], [y], nodes=[node], opset_imports={"com.example": 1})


@pytest.mark.usefixtures("added_operator")
def test_the_compiler_finds_the_operator(monkeypatch) -> None:
    monkeypatch.setitem(
        interpreter.OPS, "squareplus", lambda k, x: 0.5 * (x + np.sqrt(x * x + k[0]))
    )
    program = lower(squareplus(2.0), QuantizationPlan())
    x = np.linspace(-3, 3, 6, dtype=np.float32).reshape(2, 3)
    (y,) = interpreter.run(program, {"x": x})
    np.testing.assert_allclose(y, (x + np.sqrt(x * x + 2)) / 2, rtol=1e-6)


def test_the_operator_is_not_there_without_its_file() -> None:
    assert registry.find("Squareplus", "com.example") is None


@pytest.mark.parametrize("folder", ["kernels/elementwise/ops", "tests/elementwise"])
def test_the_core_compiles_the_operator(folder, tmp_path) -> None:
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no g++")
    source = tmp_path / "squareplus.cc"
    source.write_text(shown_file(f"edgert/core/{folder}/squareplus.cc"))
    core = ROOT / "edgert" / "core"
    subprocess.run(
        [compiler, "-std=c++17", "-O1", "-fno-exceptions", "-fno-rtti", "-fsyntax-only",
         f"-I{core}", f"-I{core / 'include'}", str(source)],
        check=True,
    )  # fmt: skip
