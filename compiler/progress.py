"""How a long compilation says where it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Implemented by the command line with a progress bar, by anyone else as they like."""

    def stage(self, name: str) -> None:
        """A stage begins: "import", "optimize", "calibrate", "lower", "plan memory", "write"."""

    def advance(self, done: int) -> None:
        """`done` samples of the current stage are finished; how many there are is not known."""


class NoProgress:
    """Says nothing."""

    def stage(self, name: str) -> None:
        """Does nothing."""

    def advance(self, done: int) -> None:
        """Does nothing."""
