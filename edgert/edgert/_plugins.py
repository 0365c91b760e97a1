"""What other installed packages add to edgert, through entry points (docs/plugins.md)."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any


@functools.cache
def plugins(group: str) -> Mapping[str, Any]:
    """The objects that packages register in a group of entry points, by the entry's name, sorted.

    One that cannot be loaded is left out, with a warning that names its package.
    """
    found: dict[str, Any] = {}
    for entry in sorted(_entries(group), key=lambda entry: entry.name):
        try:
            found[entry.name] = entry.load()
        except Exception as error:
            package = getattr(entry, "dist", None)
            owner = f" of package {package.metadata['Name']}" if package else ""
            warnings.warn(
                f"'{entry.name}'{owner} is left out of {group}: {type(error).__name__}: {error}",
                stacklevel=2,
            )
    return found


def _entries(group: str) -> Iterable[metadata.EntryPoint]:
    if sys.version_info >= (3, 10):
        return metadata.entry_points(group=group)
    return metadata.entry_points().get(group, ())
