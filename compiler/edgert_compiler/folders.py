"""Writing folders so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping

from edgert._files import (
    cannot_write,
    lock,
    locked_by_nobody,
    resolved,
    sync_folder,
    temporary_prefix,
)
from edgert._text import reason

_NEW, _OLD, _LOCK = "new", "old", "lock"


def write_folder_atomically(path: str | os.PathLike[str], files: Mapping[str, bytes]) -> None:
    """Writes a folder with these files, by relative path with "/": beside it, fsync, rename.

    Where a folder of that name exists, the two are exchanged in one step (Linux, macOS) or by two
    renames; a process killed between these leaves the old folder in `.NAME.*.tmp`, from where the
    next write of NAME takes it back. Other leftovers of killed processes are removed then.
    Symbolic links are followed. Raises Error as `check_folder_writable` does, and where the disk is
    full.
    """
    parent, name = resolved(path, stat.S_IFDIR)
    target = os.path.join(parent, name)
    try:
        _recover(parent, name)
        with _workspace(parent, name) as workspace:
            new = os.path.join(workspace, _NEW)
            _write(new, files)
            if os.path.lexists(target):
                _replace(target, new, os.path.join(workspace, _OLD))
            else:
                os.rename(new, target)
            sync_folder(parent)
    except OSError as error:
        raise cannot_write(path, reason(error)) from error


def check_folder_writable(path: str | os.PathLike[str]) -> None:
    """Raises Error where `write_folder_atomically` is bound to fail: for use before long work.

    It is where the surrounding folder is missing or not writable, and where the path leads to
    anything but a folder that may be written, or nothing.
    """
    parent, name = resolved(path, stat.S_IFDIR)
    try:
        with _workspace(parent, name):
            pass
    except OSError as error:
        raise cannot_write(path, reason(error)) from error


def _write(folder: str, files: Mapping[str, bytes]) -> None:
    os.mkdir(folder)
    folders = {folder}
    for relative, content in files.items():
        path = os.path.join(folder, *relative.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        folders.add(os.path.dirname(path))
        with open(path, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for written in folders:
        sync_folder(written)


def _replace(target: str, new: str, old: str) -> None:
    """Puts `new` in place of `target`, which ends up in the workspace."""
    if _exchange(new, target):
        return
    os.rename(target, old)
    try:
        os.rename(new, target)
    except OSError:
        os.rename(old, target)
        raise


def _exchange(first: str, second: str) -> bool:
    """Swaps two paths in one step; False where the system or the file system cannot."""
    paths = os.fsencode(first), os.fsencode(second)
    try:
        libc = ctypes.CDLL(None)
        if sys.platform == "darwin":
            swap = 2  # RENAME_SWAP
            return bool(libc.renamex_np(*paths, ctypes.c_uint(swap)) == 0)
        here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        return bool(libc.renameat2(here, paths[0], here, paths[1], ctypes.c_uint(exchange)) == 0)
    except (AttributeError, OSError, TypeError):
        return False


@contextlib.contextmanager
def _workspace(parent: str, name: str) -> Iterator[str]:
    """A new folder beside the target, marked as in use; it is gone afterwards."""
    path = os.path.join(parent, f"{temporary_prefix(name)}{os.urandom(6).hex()}.tmp")
    os.mkdir(path)
    try:
        with open(os.path.join(path, _LOCK), "xb") as file:
            lock(file)
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _recover(parent: str, name: str) -> None:
    """Cleans up after killed writers: takes back what they moved away, removes the rest."""
    for entry in os.listdir(parent):
        path = os.path.join(parent, entry)
        ours = entry.startswith(temporary_prefix(name)) and entry.endswith(".tmp")
        if not ours or not os.path.isdir(path) or not locked_by_nobody(os.path.join(path, _LOCK)):
            continue
        old, target = os.path.join(path, _OLD), os.path.join(parent, name)
        if os.path.isdir(old) and not os.path.lexists(target):
            os.rename(old, target)
        shutil.rmtree(path, ignore_errors=True)
