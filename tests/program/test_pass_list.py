"""The list of program passes is whole."""

from __future__ import annotations

import pkgutil

from edgert_compiler import program_passes


def test_every_file_is_in_the_list_once():
    files = sorted(info.name for info in pkgutil.iter_modules(program_passes.__path__))
    assert sorted(p.name for p in program_passes.PASSES) == files
