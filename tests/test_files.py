"""Atomic writing: all or nothing, with a clear error."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edgert._files import check_files_writable, check_writable, write_atomically, write_files
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
    with pytest.raises(Error, match=r"there is no folder .*nowhere"):
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


def device(path: Path) -> None:
    """A device like /dev/null, at a place where it does no harm that it is replaced."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))


OBSTACLES = {
    "device": (device, "it is a device, and only files are replaced"),
    "pipe": (os.mkfifo, "it is a named pipe, and only files are replaced"),
    "socket": (listening, "it is a socket, and only files are replaced"),
    "folder": (os.mkdir, "it is a folder; add the name of a file"),
    "loop": (lambda path: os.symlink(path, path), "symbolic links"),
}


@pytest.mark.parametrize("linked", [False, True], ids=["itself", "by_link"])
@pytest.mark.parametrize("kind", OBSTACLES)
def test_what_is_no_file_is_never_replaced(tmp_path, kind, linked):
    make, message = OBSTACLES[kind]
    path = tmp_path / "out"
    make(path)
    before = os.lstat(path)
    if linked:
        (tmp_path / "link").symlink_to(path)
    for write in (check_writable, lambda p: write_atomically(p, b"x")):
        with pytest.raises(Error, match=message) as raised:
            write(tmp_path / "link" if linked else path)
        assert "\n" not in str(raised.value)
    after = os.lstat(path)
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)
    assert sorted(os.listdir(tmp_path)) == (["link", "out"] if linked else ["out"])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "give it a name"),
        ("new/", "it is a folder"),
        ("file/", "it is a folder"),
        ("file/m.edgert", "there is no folder"),
        ("a/b", "there is no folder"),
        ("dangling", "there is no folder"),
        ("n" * 256, "File name too long"),
        ("a\0b", "zero byte"),
        (".", "it is a folder"),
    ],
)
def test_paths_that_cannot_be_written_are_refused_beforehand(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "dangling").symlink_to("a/b")
    for write in (check_writable, lambda p: write_atomically(p, b"x")):
        with pytest.raises(Error, match=message):
            write(path)
    assert sorted(os.listdir(tmp_path)) == ["dangling", "file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_check_leaves_nothing(tmp_path):
    check_writable(tmp_path / "new")
    (tmp_path / "old").write_bytes(b"old")
    check_writable(tmp_path / "old")
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["n" * 255, "ü" * 127])
def test_names_may_be_as_long_as_the_system_allows(tmp_path, name):
    check_writable(tmp_path / name)
    write_atomically(tmp_path / name, b"x")
    assert os.listdir(tmp_path) == [name]


def test_a_link_to_nothing_makes_what_it_leads_to(tmp_path):
    (tmp_path / "link").symlink_to("target")
    check_writable(tmp_path / "link")
    write_atomically(tmp_path / "link", b"x")
    assert (tmp_path / "target").read_bytes() == b"x"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_may_not_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "file").chmod(0o400)
    with pytest.raises(Error, match="it is read-only"):
        write_atomically(tmp_path / "file", b"new")
    tmp_path.chmod(0o500)
    with pytest.raises(Error, match="is not writable"):
        check_writable(tmp_path / "new")


def test_many_files_are_checked_together(tmp_path):
    folder = tmp_path / "new" / "folder"
    check_files_writable(folder, ["a", "b"])
    assert os.listdir(tmp_path) == []
    write_files(folder, {"a": b"1", "b": b"2"})
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == {"a": b"1", "b": b"2"}
    os.mkfifo(folder / "c")
    with pytest.raises(Error, match="named pipe"):
        check_files_writable(folder, ["a", "c"])
    with pytest.raises(Error, match="named pipe"):
        write_files(folder, {"a": b"3", "c": b"4"})
    assert (folder / "a").read_bytes() == b"1", "nothing is written where one cannot be"
    for path in (folder / "a", folder / "a" / "deeper", folder / "c"):
        with pytest.raises(Error, match="it is no folder, or lies in none"):
            check_files_writable(path, ["x"])
