"""How a long compilation says where it is."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Progress(Protocol):
    """What `edgert.compile` tells about stages and calibration samples."""

    def stage(self, name: str) -> None:
        """A stage begins: "import", "optimize", "calibrate", "lower", "plan memory", "write"."""

    def advance(self, done: int, total: int | None) -> None:
        """`done` samples of the current stage are finished, of `total` where that is known."""


class NoProgress:
    """Says nothing."""

    def stage(self, name: str) -> None:
        """Does nothing."""

    def advance(self, done: int, total: int | None) -> None:
        """Does nothing."""


@contextlib.contextmanager
def shown(progress: Progress | bool | None) -> Iterator[Progress]:
    """What is told about one compilation: a bar for True, nothing for False.

    For None a bar in notebooks, and where stderr is a terminal. It disappears at the end.
    """
    if progress is not None and not isinstance(progress, bool):
        yield progress
    elif progress is False:
        yield NoProgress()
    elif _display() is not None:
        with _in_notebook() as line:
            yield line
    elif progress or sys.stderr.isatty():
        with _in_terminal() as bar:
            yield bar
    else:
        yield NoProgress()


class _TerminalBar:
    """rich's bar, with the time left of a stage whose samples are counted."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=None, samples="")

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._bar.reset(self._task, total=None, description=name, samples="")

    def advance(self, done: int, total: int | None) -> None:
        """Samples are finished."""
        samples = f"{done} samples" if total is None else f"{done}/{total} samples"
        self._bar.update(self._task, completed=done, total=total, samples=samples)


@contextlib.contextmanager
def _in_terminal() -> Iterator[Progress]:
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
    except ModuleNotFoundError:  # the command line's; nobody has to have it
        yield NoProgress()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[samples]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _TerminalBar(bar)


class _NotebookLine:
    """One line that is overwritten: needs no widgets."""

    def __init__(self, update: Callable[[str], None]) -> None:
        self._update = update
        self._stage, self._started = "", 0.0

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._stage, self._started = name, time.monotonic()
        self._update(name)

    def advance(self, done: int, total: int | None) -> None:
        """Samples are finished."""
        if total is None:
            self._update(f"{self._stage}: {done} samples")
            return
        left = (time.monotonic() - self._started) / max(done, 1) * max(total - done, 0)
        self._update(f"{self._stage}: {done} of {total} samples, {left:.0f} s left")


@contextlib.contextmanager
def _in_notebook() -> Iterator[Progress]:
    display = _display()
    assert display is not None
    handle = display({"text/plain": ""}, raw=True, display_id=True)
    try:
        yield _NotebookLine(lambda text: handle.update({"text/plain": text}, raw=True))
    finally:
        handle.update({"text/plain": ""}, raw=True)


def _display() -> Any | None:
    """IPython's `display` in a notebook, else None."""
    shell = sys.modules.get("IPython")
    running = None if shell is None else shell.get_ipython()
    if running is None or not getattr(running, "kernel", None):
        return None
    return sys.modules["IPython"].display.display
