"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import os

from edgert.errors import Error


def write_atomically(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Writes `data` to `path`: temporary file in the same folder, fsync, rename.

    Either the whole new content is there afterwards, also after a power cut, or the old state is.
    Raises Error where the folder is missing or not writable, or the disk is full.
    """
    target = os.path.realpath(os.fspath(path))
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{os.urandom(6).hex()}.tmp")
    try:
        _write_new(temporary, data, _permissions(target))
        os.replace(temporary, target)
        _sync_folder(folder)
    except OSError as error:
        raise Error(f"cannot write {os.fspath(path)}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _write_new(path: str, data: bytes | memoryview, permissions: int | None) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if permissions is not None:
        os.chmod(path, permissions)


def _permissions(target: str) -> int | None:
    """Those of the file to be replaced; None where there is none yet."""
    try:
        return os.stat(target).st_mode & 0o7777
    except FileNotFoundError:
        return None


def _sync_folder(folder: str) -> None:
    """Makes the rename durable, where the system allows to open folders."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
