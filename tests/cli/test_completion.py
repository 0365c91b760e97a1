"""Shell completion, by the lines that the README gives."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRY = {
    "bash": "COMP_WORDS=(edgert com); COMP_CWORD=1; _edgert_completion edgert; "
    'echo "${COMPREPLY[@]}"',
    "zsh": 'echo "$_comps[edgert]"; COMP_WORDS="edgert com" COMP_CWORD=1 '
    "_EDGERT_COMPLETE=zsh_complete edgert",
    "fish": 'complete -C "edgert com"',
}
BEFORE = {"zsh": "autoload -Uz compinit; compinit -u -D; "}
OPTIONS = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """With a program `edgert`, and a home of its own."""
    program = tmp_path / "bin" / "edgert"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgert "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(tmp_path)}


def line_of(shell: str) -> str:
    """What the README says to put into the shell's start-up file."""
    found = re.search(rf"^(.*_EDGERT_COMPLETE={shell}_source.*?)(?:\s+#.*)?$", README, re.M)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_line_of_the_readme(shell, environment):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    script = f"{BEFORE.get(shell, '')}{line_of(shell)}\n{TRY[shell]}"
    done = subprocess.run(
        [shell, *OPTIONS[shell], "-c", script],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "compile" in done.stdout


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ("edgert ", {"bench", "check", "compile", "doctor", "export", "inspect", "run", "targets"}),
        ("edgert compile --target ar", {"arm64", "arm64-fp16", "armv7"}),
        ("edgert compile --observer m", {"min_max", "mse"}),
        ("edgert compile --preprocess i", {"imagenet"}),
        ("edgert compile --precision fp", {"fp16", "fp32"}),
        ("edgert compile --keep", {"--keep-intermediates"}),
    ],
)
def test_what_is_completed(begun, expected, environment):
    words = {"COMP_WORDS": begun, "COMP_CWORD": str(begun.count(" "))}
    done = subprocess.run(
        ["edgert"],
        env={**environment, **words, "_EDGERT_COMPLETE": "bash_complete"},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert {line.partition(",")[2] for line in done.stdout.split()} == expected
