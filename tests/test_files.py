"""Atomic writing: all or nothing, with a clear error."""

from __future__ import annotations

import os
import stat

import pytest

from edgert._files import write_atomically
from edgert.errors import Error


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
