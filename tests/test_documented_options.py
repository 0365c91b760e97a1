"""What documentation, docstrings and messages promise exists."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import edgert
from edgert.cli.group import cli

ROOT = Path(__file__).resolve().parents[1]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
PAGES = sorted(
    [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")]
)
SOURCES = sorted(
    file
    for folder in ("edgert/edgert", "compiler", "targets")
    for file in (ROOT / folder).rglob("*.py")
    if not {"_native", "__pycache__"} & set(file.parts)
)
# Other programs, whose options are their own: by their first word, and in messages by name.
OTHERS = frozenset(
    ("cc", "cmake", "cp", "flatc", "git", "make", "objcopy", "pip", "pkg-config", "python")
)
FOREIGN = frozenset(("--build", "--install", "--prefix", "--whole-archive"))
C_EXAMPLE = (ROOT / "examples" / "c" / "edgert_run.c").read_text(encoding="utf-8")


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def options_of(command: click.Command) -> set[str]:
    return {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}


KNOWN = options_of(cli).union(*map(options_of, commands().values()))


def snippets(text: str) -> Iterator[str]:
    """Inline code and lines of code blocks."""
    blocks = re.split(r"^```.*$", text, flags=re.M)
    for index, block in enumerate(blocks):
        if index % 2:
            yield from block.replace("\\\n", " ").splitlines()
        else:
            yield from re.findall(r"`([^`\n]+)`", block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_options_in_pages(page):
    own = set(OPTION.findall(C_EXAMPLE)) if page.parent.name == "c" else set()
    for snippet in snippets(page.read_text(encoding="utf-8")):
        program = snippet.removeprefix("$ ").split(" ")[0].rpartition("/")[2]
        if program in OTHERS and "-m edgert" not in snippet:
            continue
        assert set(OPTION.findall(snippet)) <= KNOWN | own | FOREIGN, snippet


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_pages_have_their_options(page):
    found = commands()
    for snippet in snippets(page.read_text(encoding="utf-8")):
        match = re.match(r"(?:\$ )?(?:python -m )?edgert ([a-z]+)\b([^#]*)", snippet)
        if match is None:
            continue
        assert match[1] in found, snippet
        assert set(OPTION.findall(match[2])) <= options_of(found[match[1]]), snippet


def texts(file: Path) -> Iterator[str]:
    """Docstrings, messages and help texts."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_options_in_docstrings_and_messages():
    named = {
        (str(file.relative_to(ROOT)), option)
        for file in SOURCES
        for text in texts(file)
        for option in OPTION.findall(text)
    }
    assert len(named) > 50
    assert not {(file, option) for file, option in named if option not in KNOWN | FOREIGN}


SIGNATURES = {
    "edgert.compile": inspect.signature(edgert.compile),
    "edgert.InferenceSession": inspect.signature(edgert.InferenceSession),
    "edgert.load": inspect.signature(edgert.load),
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_arguments_in_pages(page):
    """Calls of the API in examples have arguments that exist."""
    for snippet in snippets(page.read_text(encoding="utf-8")):
        try:
            tree = ast.parse(snippet.strip())
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in SIGNATURES:
                given = {k.arg for k in node.keywords if k.arg is not None}
                assert given <= set(SIGNATURES[name].parameters), snippet


def test_methods_of_sessions_in_pages_exist():
    for page in PAGES:
        for snippet in snippets(page.read_text(encoding="utf-8")):
            for name in re.findall(r"\bsession\.(?!py\b)([a-z_]+)\b", snippet):
                assert hasattr(edgert.InferenceSession, name), f"{page.name}: {snippet}"
