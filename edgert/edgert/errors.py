"""The exceptions that edgert raises for everything a user can cause or meet."""

from __future__ import annotations

TYPE_CHECKING = False  # typing has it, but takes long to import
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Error(Exception):
    """Base of all edgert errors: one sentence that says what, where and what to do."""


class CompileError(Error):
    """The model cannot be compiled as asked.

    Attributes:
        nodes: the nodes of the model that are to blame, where some are: dicts with `node` (the
            name), `op`, `domain`, `opset` and `reason`.
    """

    def __init__(self, message: str, nodes: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.nodes = tuple(nodes)


class UnsupportedOpError(CompileError):
    """The model has operators that edgert does not support; the message lists all of them."""


class BundleError(Error):
    """The bundle is missing, damaged, or made for another runtime."""


class InputError(Error):
    """An input has the wrong name, shape, type or value, or its file cannot be read."""


class RuntimeUnavailableError(Error):
    """The native library is missing or does not fit this machine."""


class PythonVersionError(Error, ImportError):
    """A part of edgert needs a later Python; an ImportError, as it is met while importing."""
