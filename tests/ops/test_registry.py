"""Operators and what lowers them: every file is found, and none is alone."""

from __future__ import annotations

from edgert_compiler.lowering import registry as lowerings
from edgert_compiler.operators import registry as operators


def test_every_operator_is_lowered():
    assert operators.all_operators().keys() == lowerings.all_lowerings().keys()


def test_an_elementwise_operator_needs_no_lowering_of_its_own():
    lowering = lowerings.find("Add")
    assert lowering is not None
    assert type(lowering).__module__ == "edgert_compiler.lowering.elementwise_operator"


def test_a_lowering_of_its_own_comes_first():
    lowering = lowerings.find("Trilu")
    assert lowering is not None
    assert type(lowering).__module__ == "edgert_compiler.lowering.operators.elementwise.trilu"
