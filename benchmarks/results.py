"""Figures as a JSON file: the option that names it, and writing it."""

from __future__ import annotations

import argparse
import json

from edgert._files import check_writable, write_atomically
from edgert.errors import Error


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Adds --json, whose path is checked before anything is measured."""
    parser.add_argument(
        "--json", type=_writable, metavar="FILE", help="also write the figures to this file"
    )


def write_json(path: str | None, figures: object) -> None:
    """Writes the figures where a path was given. Raises Error where that fails."""
    if path is not None:
        write_atomically(path, (json.dumps(figures, indent=2) + "\n").encode())


def _writable(path: str) -> str:
    try:
        check_writable(path)
    except Error as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return path
