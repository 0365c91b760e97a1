"""The oldest versions that the packages say they work with, all at once."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from email.parser import Parser
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from .conftest import Environment, interpreter

PYTHON = "3.10"  # the compiler's oldest
EXTRAS = ("", "cli", "image")
EVERY_MODULE = """
import importlib, pkgutil
import edgert
import edgert_compiler, edgert_targets
for package in (edgert, edgert_compiler, edgert_targets):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""
EVERY_PRECISION = """
import sys
import numpy as np
import edgert

model = sys.argv[1]
pixels = np.random.default_rng(0).random((8, 1, 1, 8, 8), np.float32)
scores = []
for precision in ("fp32", "int8"):
    report = edgert.compile(model, precision=precision, calibration=[{"image": x} for x in pixels])
    session = edgert.InferenceSession(report.bundle)
    scores.append(np.stack([session.run(None, {"image": x})[0] for x in pixels]))
exact, quantized = scores
assert np.ptp(exact) > 0
assert np.abs(quantized - exact).max() < 0.2 * np.ptp(exact)
edgert.compile(model, calibration=[{"image": x} for x in pixels], output="digits.tflite")
"""


def requirements(wheel) -> Iterator[Requirement]:
    """What the wheel's metadata requires."""
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    header = Parser().parsestr(archive.read(metadata).decode())
    yield from map(Requirement, header.get_all("Requires-Dist"))


def minimums(*wheels) -> list[str]:
    """name==version of every requirement of the wheels that has a lower bound."""
    bounds: dict[str, Version] = {}
    for requirement in chain.from_iterable(map(requirements, wheels)):
        marker = requirement.marker
        given = [{"extra": extra, "python_version": PYTHON} for extra in EXTRAS]
        if marker is None or any(map(marker.evaluate, given)):
            for bound in requirement.specifier:
                if bound.operator == ">=":
                    lowest = Version(bound.version)
                    bounds[requirement.name] = max(lowest, bounds.get(requirement.name, lowest))
    return [f"{name}=={version}" for name, version in bounds.items()]


@pytest.fixture(scope="module")
def oldest(wheel, compiler_wheel, tmp_path_factory):
    """A virtual environment with the lower bounds of the compiler's requirements."""
    python = interpreter(PYTHON)
    if python is None:
        pytest.skip(f"there is no Python {PYTHON}")
    environment = Environment(tmp_path_factory.mktemp("oldest") / "venv", python)
    environment.install(str(wheel), str(compiler_wheel), *minimums(wheel, compiler_wheel))
    return environment


def test_the_lower_bounds_are_what_is_installed(oldest, wheel, compiler_wheel):
    installed = oldest.run("-m", "pip", "list", "--format=freeze").lower().splitlines()
    pinned = minimums(wheel, compiler_wheel)
    assert {name.split("==")[0] for name in pinned} >= {"numpy", "onnx", "onnx-ir", "flatbuffers"}
    for requirement in pinned:
        name, _, version = requirement.lower().partition("==")
        assert any(
            line.replace("-", "_").startswith(f"{name.replace('-', '_')}=={version}")
            for line in installed
        ), requirement


def test_every_module_imports(oldest, tmp_path):
    oldest.run("-c", EVERY_MODULE, cwd=tmp_path)


def test_models_compile_in_every_precision_and_run(oldest, checkout, tmp_path):
    digits = checkout / "examples" / "digits" / "digits.onnx"
    oldest.run("-c", EVERY_PRECISION, digits, cwd=tmp_path)


def test_the_compiler_passes_its_own_tests(oldest, checkout):
    """Those of reading models and of messages, which need no other runtime."""
    oldest.install("pytest", "pytest-timeout", "hypothesis")
    tests = [f"tests/{folder}" for folder in ("importer", "messages", "compatibility")]
    oldest.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, cwd=checkout)
