"""The command `edgert`. One file in `commands/` is one subcommand, found by its presence.

A command module defines `command`, a `click.Command`. Expected failures are `edgert.Error`s: they
end in one message on stderr and exit code 1; wrong usage ends in exit code 2. With `--json`, either
is one JSON object on stdout.
"""

from __future__ import annotations

import sys

from edgert.cli.folders import FOLDERS, folder
from edgert.errors import Error


def version_line() -> str:
    """What `edgert --version` prints. Raises RuntimeUnavailableError without the library."""
    import edgert

    return f"edgert {edgert.__version__}"


_OF_COMPILER = frozenset({"check", "compile", "export"})  # commands that need more than others


def _missing(package: str) -> str | int:
    """The message, or the exit code after it is printed as JSON, as the command would."""
    extra = "compiler" if _OF_COMPILER.intersection(sys.argv[1:2]) else "cli"
    message = f"{package} is not installed; run: pip install 'edgert[{extra}]'"
    if "--json" not in sys.argv:
        return f"edgert: {message}"
    import json

    print(json.dumps({"error": "Error", "message": message, "nodes": []}, indent=2))
    return 1


def main() -> None:
    """Entry point of the console script. The version and build files need no other package."""
    if sys.argv[1:] == ["--version"]:
        print(version_line())
        return
    if len(sys.argv) == 2 and sys.argv[1] in FOLDERS:
        try:
            print(folder(sys.argv[1]))
        except Error as error:
            sys.exit(f"edgert: {error}")
        return
    try:
        import click  # noqa: F401
        import rich  # noqa: F401
    except ModuleNotFoundError as error:
        sys.exit(_missing(str(error.name)))
    from edgert.cli.group import cli

    cli(prog_name="edgert")
