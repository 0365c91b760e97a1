"""Atomic writing of folders: all or nothing, and nothing lost to a killed process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgert.errors import Error
from edgert_compiler import folders
from edgert_compiler.folders import check_folder_writable, write_folder_atomically

ROOT = Path(__file__).resolve().parents[1]
OLD = {"a.txt": b"old", "deep/er/b.bin": b"old too"}
NEW = {"a.txt": b"new", "c": b""}


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("exchange", [True, False])
def test_writes_and_replaces(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(folders, "_exchange", lambda first, second: False)
    target = tmp_path / "m.mlpackage"
    write_folder_atomically(target, OLD)
    assert content(target) == OLD
    write_folder_atomically(target, NEW)
    assert content(target) == NEW
    assert os.listdir(tmp_path) == ["m.mlpackage"]


def test_a_failed_replacement_restores_the_old_folder(tmp_path, monkeypatch):
    target = tmp_path / "m.mlpackage"
    write_folder_atomically(target, OLD)
    monkeypatch.setattr(folders, "_exchange", lambda first, second: False)
    rename = os.rename

    def failing(source, destination):
        if source.endswith("new"):
            raise OSError(28, "No space left on device")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(Error, match="No space left"):
        write_folder_atomically(target, NEW)
    assert content(target) == OLD
    assert os.listdir(tmp_path) == ["m.mlpackage"]


KILLED = """
import os, signal, sys
from edgert_compiler import folders
if sys.argv[2] == "between":
    folders._exchange = lambda first, second: False
    rename = os.rename
    def dying(source, destination):
        if source.endswith("new"):
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, destination)
    os.rename = dying
else:
    folders.sync_folder = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
folders.write_folder_atomically(sys.argv[1], {"a.txt": b"new"})
"""


@pytest.mark.skipif(os.name != "posix", reason="file locks tell which processes are gone")
@pytest.mark.parametrize("moment", ["while writing", "between"])
def test_a_killed_writer_loses_nothing(tmp_path, moment):
    target = tmp_path / "m.mlpackage"
    write_folder_atomically(target, OLD)
    done = subprocess.run([sys.executable, "-c", KILLED, target, moment], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    if moment == "while writing":
        assert content(target) == OLD
    else:
        folders._recover(str(tmp_path), "m.mlpackage")
        assert content(target) == OLD
    write_folder_atomically(target, NEW)
    assert content(target) == NEW
    assert os.listdir(tmp_path) == ["m.mlpackage"]


def test_problems_are_seen_before_the_work(tmp_path):
    with pytest.raises(Error, match="there is no folder"):
        check_folder_writable(tmp_path / "nowhere" / "m.mlpackage")
    (tmp_path / "m.mlpackage").write_bytes(b"a file")
    with pytest.raises(Error, match="it is a file"):
        check_folder_writable(tmp_path / "m.mlpackage")
