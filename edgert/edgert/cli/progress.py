"""The compiler's progress as a bar on stderr."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from edgert.cli.output import errors

if TYPE_CHECKING:
    from collections.abc import Iterator


class ProgressBar:
    """Implements `edgert.compiler.progress.Progress`."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None, samples="")

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._progress.update(self._task, description=name, samples="")

    def advance(self, done: int) -> None:
        """Samples of the current stage are finished."""
        self._progress.update(self._task, samples=f"{done} samples")


@contextmanager
def progress_bar() -> Iterator[ProgressBar]:
    """A bar for one compilation; it disappears at the end; nothing where stderr is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[samples]}"),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=errors, transient=True, disable=not errors.is_terminal
    ) as progress:
        yield ProgressBar(progress)
