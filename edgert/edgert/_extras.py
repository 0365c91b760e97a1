"""What to install where an optional dependency is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from edgert.errors import Error, PythonVersionError

_DISTRIBUTIONS = {"edgert_compiler": "edgert-compiler", "edgert_targets": "edgert-compiler"}


@contextmanager
def compiler_needed() -> Iterator[None]:
    """Around imports of the compiler.

    Raises Error where it or its dependencies are missing, and where Python is too old for it.
    """
    if sys.version_info < (3, 10):
        raise PythonVersionError(
            f"the compiler needs Python 3.10 or later, and this is {sys.version.split()[0]}; "
            "compile with a later one, bundles run with this one, too"
        )
    try:
        yield
    except ModuleNotFoundError as error:
        missing = str(error.name)
        raise Error(
            f"the compiler needs {_DISTRIBUTIONS.get(missing.partition('.')[0], missing)}; "
            "run: pip install 'edgert[compiler]'"
        ) from error
