"""No rule without a case, no case of a rule that does not exist."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from edgert_compiler.passes.driver import all_rules

from .cases import Case


def all_cases() -> Iterator[Case]:
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        yield from getattr(importlib.import_module(f"{__package__}.{file.stem}"), "CASES", ())


def test_every_rule_has_a_case_in_which_it_rewrites():
    rewritten = {case.rule for case in all_cases() if isinstance(case, Case) and not case.refusal}
    assert rewritten == {rule.name for rule in all_rules()}
