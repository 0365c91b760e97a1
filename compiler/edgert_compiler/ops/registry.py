"""Finds the operators: every `OpLowering` subclass in a module under edgert_compiler/ops."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from edgert_compiler.discovery import by_operator
from edgert_compiler.ops.base import OpLowering


@functools.cache
def all_ops() -> Mapping[tuple[str, str], OpLowering]:
    """Every operator by (domain, op_type), sorted."""
    return by_operator("edgert_compiler.ops", OpLowering)


def find(op_type: str, domain: str = "") -> OpLowering | None:
    """What lowers this operator, or None where nothing does."""
    return all_ops().get((domain, op_type))
