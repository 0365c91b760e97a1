"""What all commands have in common, and `python -m edgert` as a process."""

from __future__ import annotations

import json
import os
import pkgutil
import re
import subprocess
import sys

import pytest

import edgert
from edgert.cli import commands

from .conftest import DIGITS, ROOT, in_terminal

EDGERT = (sys.executable, "-m", "edgert")
COMMANDS = [module.name for module in pkgutil.iter_modules(commands.__path__)]


def edgert_process(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EDGERT, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples(run_cli, name):
    result = run_cli(name, "--help")
    assert result.exit_code == 0
    examples = re.search(r"\n  Examples:\n((?:    .*\n)+)", result.stdout)
    assert examples, result.stdout
    assert f"edgert {name}" in examples[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_prints_json(run_cli, name):
    assert re.search(r"--json +Print JSON", run_cli(name, "--help").stdout)


def test_all_commands_are_listed_with_a_whole_sentence(run_cli):
    text = run_cli("--help").stdout
    lines = text[text.index("Commands:") :].splitlines()[1:]
    assert [line.split()[0] for line in lines] == sorted(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["compile"], ["run"], ["bench", "x", "--runs", "0"]]
)
def test_wrong_usage_exits_with_2(run_cli, arguments):
    result = run_cli(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage: edgert" in result.stderr


def test_version(run_cli):
    assert run_cli("--version").stdout == f"edgert {edgert.__version__}\n"


def test_process_succeeds(tmp_path):
    done = edgert_process("compile", DIGITS, "-o", tmp_path / "d.edgert", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["output"] == str(tmp_path / "d.edgert")
    assert os.listdir(tmp_path) == ["d.edgert"]


def test_process_fails_with_one_line():
    done = edgert_process("inspect", "nowhere.edgert")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "edgert: cannot read nowhere.edgert: No such file or directory\n"
    assert edgert_process("inspect").returncode == 2


def test_the_progress_bar_stays_out_of_json(tmp_path):
    shown, stdout = in_terminal("stderr", "compile", DIGITS, "--json", "-o", tmp_path / "d.edgert")
    assert json.loads(stdout)["target"] == "host"
    assert "starting" in shown


def without(missing: tuple[str, ...], *arguments: str) -> subprocess.CompletedProcess[str]:
    """`edgert ARGUMENTS` where packages are not installed."""
    hidden = "".join(f"sys.modules[{name!r}] = None; " for name in missing)
    script = f"import sys; {hidden}sys.argv[1:] = {list(arguments)!r}; "
    script += "from edgert.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("missing", ["click", "rich"])
@pytest.mark.parametrize(
    ("arguments", "extra"),
    [([], "cli"), (["--help"], "cli"), (["run", "x"], "cli"), (["compile", "x"], "compiler")],
)
def test_missing_command_line_packages_are_named(missing, arguments, extra):
    done = without((missing,), *arguments)
    assert done.returncode == 1
    assert (
        done.stderr == f"edgert: {missing} is not installed; run: pip install 'edgert[{extra}]'\n"
    )


def test_missing_packages_are_json_where_that_is_asked_for():
    done = without(("click",), "run", "x", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["message"].startswith("click is not installed")


def test_the_version_needs_no_package():
    done = without(("click", "rich", "numpy", "onnx"), "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"edgert {edgert.__version__}\n"
