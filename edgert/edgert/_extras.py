"""What to install where an optional dependency is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edgert.errors import Error


@contextmanager
def compiler_needed() -> Iterator[None]:
    """Around imports of the compiler. Raises Error where it or its dependencies are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise Error(
            f"the compiler needs {error.name}; run: pip install 'edgert[compiler]'"
        ) from error
