"""Sizes, long names and reasons for people. Nothing here needs a dependency."""

from __future__ import annotations

from collections.abc import Iterable

NAME_WIDTH = 60
_SIMILAR = 0.65  # of 1: what is less alike is no typing error


def size(nbytes: float) -> str:
    """Bytes for people: 12 B, 3.4 kB, 5.6 MB (powers of ten)."""
    for unit in ("B", "kB", "MB"):
        if nbytes < 1000:
            return f"{nbytes:.0f} {unit}" if unit == "B" else f"{nbytes:.1f} {unit}"
        nbytes /= 1000
    return f"{nbytes:.2f} GB"


def shorten(name: str, width: int = NAME_WIDTH) -> str:
    """A name of at most `width` characters: its beginning, an ellipsis, its end.

    Exporters join whole scopes into node names, and fused calls join the names of their nodes.
    """
    if len(name) <= width:
        return name
    tail = (width - 1) // 2
    return f"{name[: width - 1 - tail]}…{name[len(name) - tail :]}"


def reason(error: BaseException) -> str:
    """What an exception says, in one line; of an OSError without its number and path."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split()).rstrip(".")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What to append to a message about an unknown name: "; did you mean 'x'?", or nothing."""
    from difflib import get_close_matches

    by_lower = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=_SIMILAR)
    return f"; did you mean '{by_lower[close[0]]}'?" if close else ""


def quoted(word: str) -> str:
    """A word of a command, to paste into a shell."""
    from shlex import quote

    return quote(word)
