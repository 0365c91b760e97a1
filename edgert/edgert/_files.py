"""Writing files so that a reader never sees half of one, and nothing but files is replaced.

Everything that edgert writes to a path of the user's goes through here; folders as a whole, which
the compiler writes, through edgert_compiler.folders.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from edgert._text import reason
from edgert.errors import Error

try:
    import fcntl
except ImportError:  # not on Windows; what killed processes left then stays
    fcntl = None  # type: ignore[assignment]


_FOLDER = "it is a folder; add the name of a file"
_KINDS = {
    stat.S_IFDIR: _FOLDER,
    stat.S_IFIFO: "it is a named pipe, and only files are replaced",
    stat.S_IFSOCK: "it is a socket, and only files are replaced",
    stat.S_IFCHR: "it is a device, and only files are replaced",
    stat.S_IFBLK: "it is a device, and only files are replaced",
}
_LONGEST_PREFIX = 200  # bytes; names have up to 255


def write_atomically(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Writes `data` to `path`: temporary file in the same folder, fsync, rename.

    Either the whole new content is there afterwards, also after a power cut, or the old state is.
    Symbolic links are followed. A process that is killed leaves `.NAME.*.tmp` at most; the next
    write of NAME removes it. Raises Error as `check_writable` does, and where the disk is full.
    """
    folder, name = _destination(path)
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
        raise cannot_write(path, reason(error)) from error


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raises Error where `write_atomically` is bound to fail: for use before long work.

    It is where the folder is missing or not writable, and where the path leads to anything but a
    file that may be written, or nothing: a folder, a device, a pipe, a socket.
    """
    folder, name = _destination(path)
    try:
        with _temporary(folder, name):
            pass
    except OSError as error:
        raise cannot_write(path, reason(error)) from error


def check_files_writable(folder: str | os.PathLike[str], names: Iterable[str]) -> None:
    """Raises Error where files of these names cannot be written into a folder.

    The folder may be missing, and those around it too: `write_files` makes them.
    """
    existing = os.path.realpath(os.fspath(folder))
    if os.path.isdir(existing):
        for name in names:
            check_writable(os.path.join(existing, name))
        return
    while not os.path.lexists(existing):
        existing = os.path.dirname(existing)
    if not os.path.isdir(existing):
        raise cannot_write(folder, "it is no folder, or lies in none")
    if not os.access(existing, os.W_OK):
        raise cannot_write(folder, f"the folder {existing} is not writable")


def write_files(folder: str | os.PathLike[str], files: Mapping[str, bytes]) -> None:
    """Writes files by name into a folder, each by `write_atomically`; makes the folder.

    Raises Error as `check_files_writable` does, and where the disk is full.
    """
    check_files_writable(folder, files)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, reason(error)) from error
    for name, content in files.items():
        write_atomically(os.path.join(folder, name), content)


def cannot_write(path: str | os.PathLike[str], problem: str) -> Error:
    """What is raised where a path cannot be written."""
    return Error(f"cannot write {os.fspath(path) or 'a file without a name'}: {problem}")


def resolved(path: str | os.PathLike[str], wanted: int) -> tuple[str, str]:
    """The folder in which something is to be written, and its name there; links are followed.

    wanted: stat.S_IFREG or stat.S_IFDIR. Raises Error where something else is there, or what is
    there or the folder cannot be written.
    """
    given = os.fspath(path)
    if not given:
        raise cannot_write(path, "give it a name")
    if "\0" in given:
        raise Error("cannot write a file with a zero byte in its name")
    target = os.path.realpath(given)
    folder, name = os.path.split(target)
    try:
        kind = stat.S_IFMT(os.stat(target).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        kind = wanted
    except OSError as error:
        raise cannot_write(path, reason(error)) from error
    else:
        if kind == wanted and not os.access(target, os.W_OK):
            raise cannot_write(path, "it is read-only")
    if kind != wanted:
        raise cannot_write(path, _KINDS.get(kind, "it is a file, and a folder is to be written"))
    if not os.path.isdir(folder):
        raise cannot_write(path, f"there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise cannot_write(path, f"the folder {folder} is not writable")
    return folder, name


def _destination(path: str | os.PathLike[str]) -> tuple[str, str]:
    """`resolved` for a file, whose path does not end like a folder's."""
    given = os.fspath(path)
    if given.endswith(tuple(filter(None, (os.sep, os.altsep)))):
        raise cannot_write(path, _FOLDER)
    return resolved(path, stat.S_IFREG)


def temporary_prefix(name: str) -> str:
    """How names of temporary files and folders for `name` begin, short enough for all systems."""
    return f".{os.fsdecode(os.fsencode(name)[:_LONGEST_PREFIX])}."


@contextlib.contextmanager
def _temporary(folder: str, name: str) -> Iterator[BinaryIO]:
    """A new file, locked for as long as it is in use; it is gone afterwards unless renamed."""
    while True:
        path = os.path.join(folder, f"{temporary_prefix(name)}{os.urandom(6).hex()}.tmp")
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
        if entry.startswith(temporary_prefix(name)) and entry.endswith(".tmp"):
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
