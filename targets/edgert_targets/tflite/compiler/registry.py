"""Finds the operators: every `Lowering` in a module under ops."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from edgert_compiler.discovery import by_operator
from edgert_targets.tflite.compiler.base import Lowering


@functools.cache
def all_lowerings() -> Mapping[tuple[str, str], Lowering]:
    """Every operator by (domain, op_type), sorted."""
    return by_operator("edgert_targets.tflite.compiler.ops", Lowering)


def find(op_type: str, domain: str = "") -> Lowering | None:
    """What lowers this operator, or None where nothing does."""
    return all_lowerings().get((domain, op_type))
