"""Finds the operators: every `Operator` subclass in a module under edgert_compiler/operators."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from edgert_compiler.discovery import by_operator
from edgert_compiler.operators.base import Operator


@functools.cache
def all_operators() -> Mapping[tuple[str, str], Operator]:
    """Every operator by (domain, op_type), sorted."""
    return by_operator("edgert_compiler.operators", Operator)


def find(op_type: str, domain: str = "") -> Operator | None:
    """What is known of this operator, or None where nothing is."""
    return all_operators().get((domain, op_type))
