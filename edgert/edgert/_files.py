"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO

from edgert._text import reason
from edgert.errors import Error

try:
    import fcntl
except ImportError:  # not on Windows; what killed processes left then stays
    fcntl = None  # type: ignore[assignment]


def write_atomically(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Writes `data` to `path`: temporary file in the same folder, fsync, rename.

    Either the whole new content is there afterwards, also after a power cut, or the old state is.
    A process that is killed leaves `.NAME.*.tmp` at most; the next write of NAME removes it.
    Raises Error where the folder is missing or not writable, or the disk is full.
    """
    folder, name = os.path.split(os.path.realpath(os.fspath(path)))
    target = os.path.join(folder, name)
    try:
        _remove_abandoned(folder, name)
        with _temporary(folder, name) as file:
            permissions = _permissions(target)
            if permissions is not None:
                os.chmod(file.name, permissions)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, target)
        sync_folder(folder)
    except OSError as error:
        raise Error(f"cannot write {os.fspath(path)}: {reason(error)}") from error


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raises Error where `write_atomically` is bound to fail: for use before long work."""
    target = os.path.realpath(os.fspath(path))
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise Error(f"cannot write {os.fspath(path)}: there is no folder {folder}")
    if os.path.isdir(target):
        raise Error(f"cannot write {os.fspath(path)}: it is a folder")
    if not os.access(folder, os.W_OK):
        raise Error(f"cannot write {os.fspath(path)}: the folder {folder} is not writable")


@contextlib.contextmanager
def _temporary(folder: str, name: str) -> Iterator[BinaryIO]:
    """A new file, locked for as long as it is in use; it is gone afterwards unless renamed."""
    while True:
        path = os.path.join(folder, f".{name}.{os.urandom(6).hex()}.tmp")
        with open(path, "xb") as file:
            try:
                lock(file)
                if os.fstat(file.fileno()).st_nlink:  # else `_remove_abandoned` was quicker
                    yield file
                    return
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(path)


def lock(file: BinaryIO) -> None:
    """Marks a file as being in use, where the file system can."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)


def locked_by_nobody(path: str) -> bool:
    """Whether a file exists that no process has locked; False where that cannot be told."""
    if fcntl is None:
        return False
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except OSError:
        return False


def _remove_abandoned(folder: str, name: str) -> None:
    """Removes temporary files that no process has locked: their writers were killed."""
    for entry in os.listdir(folder) if fcntl is not None else ():
        if entry.startswith(f".{name}.") and entry.endswith(".tmp"):
            path = os.path.join(folder, entry)
            with contextlib.suppress(OSError), open(path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)


def _permissions(target: str) -> int | None:
    """Those of the file to be replaced; None where there is none yet."""
    try:
        return os.stat(target).st_mode & 0o7777
    except FileNotFoundError:
        return None


def sync_folder(folder: str) -> None:
    """Makes the rename durable, where the system allows to open folders."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
