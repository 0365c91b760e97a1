"""The C example: built with the C compiler as its README says, and run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import edgert
from edgert import _abi

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    path = tmp_path_factory.mktemp("c") / "edgert-run"
    library = Path(_abi.library_path()).resolve().parent
    command = [compiler, "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror"]
    command += [ROOT / "examples/c/edgert_run.c", "-I", ROOT / "edgert/core/include"]
    command += ["-L", library, "-ledgert", f"-Wl,-rpath,{library}", "-o", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


def run(program, *arguments):
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("threads", [1, 2])
def test_gives_the_bytes_of_the_python_session(
    program, small_bundle, small_input, tmp_path, threads
):
    small_input.tofile(tmp_path / "in.bin")
    done = run(
        program, small_bundle, tmp_path / "in.bin",
        "--out", tmp_path / "out", "--threads", threads, "--repeat", 3,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    session = edgert.InferenceSession(small_bundle)
    [expected] = session.run(None, {"input": small_input})
    assert np.ptp(expected) > 0
    assert (tmp_path / "out0.bin").read_bytes() == expected.tobytes()
    assert f"isa: {session.isa}, threads: {threads}, memory: " in done.stdout
    assert "over 3 runs" in done.stdout


def test_reports_a_damaged_bundle(program, small_bundle, tmp_path):
    data = bytearray(small_bundle.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "damaged.edgert").write_bytes(data)
    done = run(program, tmp_path / "damaged.edgert")
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert done.stderr.count("\n") == 1


def test_names_the_file_once(program, tmp_path):
    (tmp_path / "text.edgert").write_text("no bundle")
    for path in (tmp_path / "nowhere.edgert", tmp_path / "text.edgert", tmp_path):
        done = run(program, path)
        assert done.returncode == 1
        assert done.stderr.count(str(path)) == 1


def test_reports_inputs_of_the_wrong_number_and_size(program, small_bundle, tmp_path):
    (tmp_path / "short.bin").write_bytes(b"\0" * 12)
    assert "the model has 1 inputs, 0 files" in run(program, small_bundle).stderr
    done = run(program, small_bundle, tmp_path / "short.bin")
    assert done.returncode == 1
    assert f"an array of {3 * 33 * 29 * 4} bytes" in done.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["--threads"], ["a", "--threads", "x"], ["a", "--no", "1"]]
)
def test_refuses_arguments_without_sense(program, arguments):
    done = run(program, *arguments)
    assert done.returncode == 2
    assert done.stderr
