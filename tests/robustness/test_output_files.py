"""A bundle is written whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import edgert
from edgert.cli.group import cli

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits" / "digits.onnx"
STAGES = ["import", "optimize", "calibrate", "lower", "plan memory", "write"]

KILLED_AT = """
import os, signal, sys
import numpy as np
import edgert
from edgert_compiler.progress import NoProgress

class KillMe(NoProgress):
    def stage(self, name):
        if name == sys.argv[3]:
            os.kill(os.getpid(), signal.SIGKILL)

feed = {"image": np.zeros((1, 1, 8, 8), np.float32)}
edgert.compile(sys.argv[1], output=sys.argv[2], calibration=[feed], progress=KillMe())
"""

FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))  # half of a file can be written
from edgert.cli import main
main()
"""


def child(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_compilation_leaves_the_old_file(tmp_path, stage):
    (tmp_path / "m.edgert").write_bytes(b"old")
    done = child(KILLED_AT, DIGITS, tmp_path / "m.edgert", stage)
    assert done.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == ["m.edgert"]
    assert (tmp_path / "m.edgert").read_bytes() == b"old"


def test_a_full_disk_leaves_no_half_file(tmp_path):
    done = child(FULL_DISK, "compile", DIGITS, "-o", tmp_path / "m.edgert")
    assert done.returncode == 1
    assert done.stderr.startswith(f"edgert: cannot write {tmp_path / 'm.edgert'}: ")
    assert done.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == []


WRITERS = {
    "compile": ["compile", DIGITS, "-o", "{}"],
    "compile_tflite": ["compile", DIGITS, "--target", "tflite", "-o", "{}.tflite"],
    "compile_coreml": ["compile", DIGITS, "--target", "coreml", "-o", "{}.mlpackage"],
    "export": ["export", DIGITS, "--format", "onnx", "-o", "{}.onnx"],
    "run": ["run", "digits.edgert", "--input", "zeros.npy", "--output-dir", "{}"],
    "inspect": ["inspect", "digits.edgert", "--svg", "{}"],
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_pipe_is_left_alone_by_every_command(tmp_path, monkeypatch, writer):
    """As a device is, which one had better not try out."""
    monkeypatch.chdir(tmp_path)
    edgert.compile(DIGITS, output="digits.edgert")
    np.save("zeros.npy", np.zeros((1, 1, 8, 8), np.float32))
    arguments = [str(a).format(tmp_path / "pipe") for a in WRITERS[writer]]
    pipe = Path(next(a for a in arguments if "pipe" in a))
    os.mkfifo(pipe)
    stages: list[str] = []
    monkeypatch.setattr(edgert.InferenceSession, "run", lambda *_: stages.append("run"))
    monkeypatch.setattr("edgert_compiler.pipeline.compile_source", lambda *_: stages.append("work"))
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"edgert: cannot write {pipe}: it is ")
    assert result.stderr.count("\n") == 1
    assert stages == [], "found out before the work"
    assert pipe.is_fifo()
    assert sorted(os.listdir(tmp_path)) == sorted(["digits.edgert", "zeros.npy", pipe.name])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_refused_before_the_work(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(edgert.Error, match="is not writable"):
        edgert.compile(DIGITS, output=tmp_path / "m.edgert")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no /proc")
def test_a_folder_that_takes_no_files():
    with pytest.raises(edgert.Error, match=r"cannot write /proc/self/m\.edgert"):
        edgert.compile(DIGITS, output="/proc/self/m.edgert")
