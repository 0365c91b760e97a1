"""Atomic writing: all or nothing, with a clear error."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edgert._files import check_writable, write_atomically
from edgert.errors import Error

ROOT = Path(__file__).resolve().parents[1]


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "model.edgert"
    write_atomically(path, b"old")
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["model.edgert"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_atomically(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"x"


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(Error, match=r"nowhere.*No such file"):
        write_atomically(tmp_path / "nowhere" / "model.edgert", b"x")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_failure_leaves_the_old_file(tmp_path, monkeypatch, failing):
    path = tmp_path / "model.edgert"
    write_atomically(path, b"old")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, full_disk)
    with pytest.raises(Error, match="No space left on device"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model.edgert"]


def test_what_a_killed_process_left_is_removed(tmp_path):
    path = tmp_path / "model.edgert"
    script = (
        "import os, signal, sys; from edgert._files import write_atomically\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(sys.argv[1], b'half')"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = os.listdir(tmp_path)
    assert re.fullmatch(r"\.model\.edgert\.[0-9a-f]{12}\.tmp", left)
    write_atomically(path, b"whole")
    assert os.listdir(tmp_path) == ["model.edgert"]
    assert path.read_bytes() == b"whole"


def test_files_that_another_process_writes_are_left_alone(tmp_path, monkeypatch):
    path = tmp_path / "model.edgert"
    replace = os.replace

    def write_another_meanwhile(source, target):
        monkeypatch.setattr(os, "replace", replace)
        write_atomically(path, b"second")
        replace(source, target)

    monkeypatch.setattr(os, "replace", write_another_meanwhile)
    write_atomically(path, b"first")
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["model.edgert"]


def test_paths_that_cannot_be_written_are_refused_beforehand(tmp_path):
    check_writable(tmp_path / "model.edgert")
    for path, message in ((tmp_path, "it is a folder"), (tmp_path / "a" / "b", "no folder")):
        with pytest.raises(Error, match=message):
            check_writable(path)
    assert os.listdir(tmp_path) == []
