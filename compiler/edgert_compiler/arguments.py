"""Checks that the arguments of `edgert.compile` are of the kinds that it documents."""

from __future__ import annotations

from collections.abc import Mapping
from operator import index

from edgert.errors import CompileError


def check_text(**arguments: object) -> None:
    """Raises CompileError for an argument that is no text; None is one that was not given."""
    for name, given in arguments.items():
        if given is not None and not isinstance(given, str):
            raise CompileError(f"{name} is text, not {_kind(given)}")


def check_mappings(**arguments: object) -> None:
    """Raises CompileError for an argument that is no mapping, or has keys that are no text."""
    for name, given in arguments.items():
        if given is None:
            continue
        if not isinstance(given, Mapping):
            raise CompileError(f"{name} is a mapping, such as a dict, not {_kind(given)}")
        for key in given:
            if not isinstance(key, str):
                raise CompileError(f"{name} has the key {key!r}; its keys are names")


def check_size(**arguments: object) -> None:
    """Raises CompileError for an argument that is no number of bytes."""
    for name, given in arguments.items():
        try:
            valid = given is None or index(given) > 0  # type: ignore[arg-type]
        except TypeError:
            valid = False
        if not valid:
            raise CompileError(f"{name} is {given!r}; give a whole number of bytes, at least 1")


def _kind(given: object) -> str:
    return type(given).__name__
