"""Packages built from this checkout, and virtual environments to install them into.

These tests download from the package index, as pip is configured: make test-install.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.native import ROOT, run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        here = Path(__file__).parent in item.path.parents
        if here and item.get_closest_marker("debian") is None:
            item.add_marker(pytest.mark.install)


class Environment:
    """A virtual environment, without the variables that lead Python to the checkout."""

    def __init__(self, folder: Path, python: str | Path) -> None:
        self.folder = folder
        run(python, "-m", "venv", folder)
        self.python = folder / "bin" / "python"

    def install(self, *requirements: str) -> None:
        """Runs pip install."""
        self.run("-m", "pip", "install", "-q", *requirements)

    def run(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        """What Python prints, which must succeed."""
        return run(self.python, *arguments, cwd=cwd, PYTHONPATH="")


def interpreter(version: str) -> Path | None:
    """A Python of that version: on the path, or one that pyenv has installed."""
    found = shutil.which(f"python{version}")
    if found is not None and "shims" not in found:
        return Path(found)
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return next(iter(sorted(versions.glob(f"{version}.*/bin/python"))), None)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A clone of what is under version control or new, as a stranger has it."""
    folder = tmp_path_factory.mktemp("checkout") / "edgert"
    names = run("git", "-C", ROOT, "ls-files", "-z", "-c", "-o", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def wheel(checkout, tmp_path_factory):
    """The wheel for this machine."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, checkout)
    [path] = folder.glob("edgert-*.whl")
    return path


@pytest.fixture(scope="session")
def compiler_wheel(checkout, tmp_path_factory):
    """The wheel of compiler and targets."""
    folder = tmp_path_factory.mktemp("dist")
    source = checkout / "compiler"
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, source)
    [path] = folder.glob("edgert_compiler-*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel, compiler_wheel, tmp_path_factory):
    """This Python with both wheels and mypy."""
    environment = Environment(tmp_path_factory.mktemp("installed") / "venv", sys.executable)
    environment.install(str(wheel), str(compiler_wheel), "mypy")
    return environment
