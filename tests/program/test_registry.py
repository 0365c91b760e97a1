"""Program passes are found by their files."""

from __future__ import annotations

import pytest

from edgert_compiler.program import passes
from edgert_compiler.program.context import PassContext

from .builder import random_program

SOURCE = '''
"""Renames the program."""
from dataclasses import replace

ORDER = 45


def run(program, _context):
    return replace(program, name="renamed")
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(passes, "__path__", [*passes.__path__, str(tmp_path)])
    passes.program_passes.cache_clear()
    yield tmp_path
    passes.program_passes.cache_clear()


def test_a_new_file_is_a_new_pass(folder):
    before = [p.name for p in passes.program_passes()]
    (folder / "rename_program.py").write_text(SOURCE)
    passes.program_passes.cache_clear()
    names = [p.name for p in passes.program_passes()]
    assert names.index("fold_tables") < names.index("rename_program")
    assert names.index("rename_program") < names.index("write_in_place")
    assert [name for name in names if name != "rename_program"] == before
    result = passes.run_program_passes(random_program(1, 5), PassContext())
    assert result.name == "renamed"


def test_orders_are_distinct():
    orders = [p.order for p in passes.program_passes()]
    assert len(set(orders)) == len(orders)
