"""Copies of the checkout in which the pages of docs/ are followed to the letter."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Checkout:
    """A copy of all files that are under version control, committed to a repository of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, path / name)
        git(path, "init", "-q")
        git(path, "add", "-A")
        git(path, "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-qm", "x")

    def follow(self, page: str) -> list[str]:
        """Writes the files that the page shows; gives their paths, in order."""
        files = shown_files(page)
        for name, text in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(text, encoding="utf-8")
        return list(files)

    def status(self) -> list[str]:
        """What differs from the copy: `?? path` is a new file."""
        return git(self.path, "status", "--porcelain", "--untracked-files=all").splitlines()

    def build(self) -> None:
        """Builds the core and its tests, quickly: unoptimized."""
        cmake = shutil.which("cmake")
        if cmake is None:
            pytest.skip("cmake is not installed")
        generator = ["-G", "Ninja"] if shutil.which("ninja") else []
        flags = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DEDGERT_TESTS=ON"]
        self._run(cmake, "-S", "edgert/core", "-B", "build", *generator, *flags)
        self._run(cmake, "--build", "build", "-j", str(len(os.sched_getaffinity(0))))

    def core_tests(self, pattern: str) -> None:
        """Runs the C++ tests whose names match, which must pass."""
        self._run("build/tests/edgert_core_tests", f"-tc={pattern}")

    def python(self, *arguments: object, **environment: str) -> str:
        """Runs Python in the copy, which must succeed; gives its stdout.

        Without `site` (-S), as the import hook of an editable install leads to the original.
        """
        installed = dict.fromkeys(sysconfig.get_path(key) for key in ("purelib", "platlib"))
        sources = (str(self.path / name) for name in ("edgert", "compiler", "targets"))
        environment["PYTHONPATH"] = os.pathsep.join([*sources, *installed])
        return self._run(sys.executable, "-S", *map(str, arguments), **environment)

    def _run(self, *command: str, **environment: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout


def shown_files(page: str) -> Mapping[str, str]:
    """{path: text}: fenced blocks behind a line that begins with their path in backquotes."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^`([\w/.-]+)`[^\n]*\n```\w+\n(.*?)^```$", text, re.S | re.M)
    assert blocks, f"{page} shows no files"
    return dict(blocks)


def git(folder: Path, *arguments: str) -> str:
    if shutil.which("git") is None or (folder == ROOT and not (ROOT / ".git").exists()):
        pytest.skip("needs git and a checkout")
    return subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)
