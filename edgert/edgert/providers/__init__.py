"""Runtimes that compute partitions of a bundle: one module each, a `Provider`, found by its file.

Other packages add providers through the entry points `edgert.providers` (docs/plugins.md).

Importing one loads nothing beyond the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from edgert.errors import InputError

if TYPE_CHECKING:
    import numpy as np

Form = tuple[tuple[int, ...], str]


class Delegate(Protocol):
    """One payload, ready to run.

    Attributes:
        inputs, outputs: shape and numpy's name of the element type of each port, in order; those of
            the segment's program.
    """

    inputs: Sequence[Form]
    outputs: Sequence[Form]

    def run(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """Runs once; the results are copied into `outputs`."""


class Provider(Protocol):
    """What a module in this folder has, or an object that another package registers.

    Attributes:
        NAME: as sessions are asked for it and bundles name it.
        INSTALL: how to get it.
    """

    NAME: str
    INSTALL: str

    def available(self) -> bool:
        """Whether it can be used on this machine."""

    def open(self, payload: bytes, options: Mapping[str, Any]) -> Delegate:
        """What computes the payload.

        Raises BundleError for a payload that it does not take, InputError for an unknown option,
        RuntimeUnavailableError where this machine does not run it.
        """


def check_options(provider: str, options: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raises InputError for an option that the provider does not have."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InputError(
            f"provider {provider} has no option {', '.join(unknown)}; it has {', '.join(known)}"
        )
