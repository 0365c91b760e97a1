"""No rule without a case, no case of a rule that does not exist."""

from __future__ import annotations

from edgert.compiler.passes.driver import all_rules

from . import test_canonicalize_rules, test_product_rules, test_simplify_rules


def test_every_rule_has_a_case_in_which_it_rewrites():
    tables = (test_canonicalize_rules, test_simplify_rules, test_product_rules)
    rewritten = {case.rule for table in tables for case in table.CASES if not case.refusal}
    assert rewritten == {rule.name for rule in all_rules()}
