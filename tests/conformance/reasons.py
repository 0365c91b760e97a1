"""Messages in a few words, for the tables of the documentation."""

from __future__ import annotations

import re

_NODE = re.compile(r"^\s*node '.*?' \((\S+), opset \d+\): (.*)$", re.M)
_NAMES = re.compile(r"\b(node|input|output|value|the diagonal k|the axes) '[^']*'")
_SUBJECT = re.compile(r"(^|: )'[^']*' ")
_MISMATCH = re.compile(r"Mismatched elements: (\d+ / \d+)")


def short(message: str, operator: str = "") -> str:
    """The first obstacle that a message names, without names of nodes and values, and advice.

    operator: what the message is known to be about; any other operator is named.
    """
    found = _NODE.search(message)
    about, text = found.groups() if found else ("", _line(message))
    text = _SUBJECT.sub(r"\1a value ", _NAMES.sub(r"\1", text))
    text = re.split(r"; | \(", text)[0]
    text = text.replace("|", "\\|").strip().rstrip(".:")
    return text if about.rpartition(".")[2] in ("", operator) else f"{about}: {text}"


def _line(message: str) -> str:
    """The first line; of numpy's comparisons how many elements differ."""
    if mismatch := _MISMATCH.search(message):
        return f"{mismatch[1]} elements differ"
    return next((line for line in message.splitlines() if line.strip(": ")), "").strip()
