"""Where a C or C++ program finds what it needs of an installed edgert."""

from __future__ import annotations

import os

import edgert
from edgert.errors import Error

# By option: the folder below the package, a file that it has, what it is for.
FOLDERS = {
    "--cmake-dir": ("cmake", "edgertConfig.cmake", "that CMake finds as edgert_DIR"),
    "--include-dir": ("include", "edgert.h", "of the header edgert.h"),
    "--lib-dir": ("_native", "", "of the shared library"),
}


def folder(option: str) -> str:
    """The folder that an option of FOLDERS asks for. Raises Error where this edgert has none."""
    name, file, _ = FOLDERS[option]
    for package in edgert.__path__:
        path = os.path.join(os.path.abspath(package), name)
        if os.path.exists(os.path.join(path, file)):
            return path
    raise Error(
        f"there is no {name}/{file} in {edgert.__path__[0]}: this edgert runs from its sources; "
        "install it (pip install .), or the C library alone: "
        "cmake -S edgert/core -B build && cmake --build build && cmake --install build --prefix ..."
    )
