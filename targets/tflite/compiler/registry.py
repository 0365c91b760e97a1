"""Finds the operators: every `Lowering` in a module under ops."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from edgert.compiler.discovery import instances
from edgert.targets.tflite.compiler.base import Lowering


@functools.cache
def all_lowerings() -> Mapping[tuple[str, str], Lowering]:
    """Every operator by (domain, op_type), sorted."""
    found: dict[tuple[str, str], Lowering] = {}
    for op in instances("edgert.targets.tflite.compiler.ops", Lowering):
        key = (op.domain, op.op_type)
        if key in found:
            raise RuntimeError(f"{type(op)} and {type(found[key])} both lower {key}")
        found[key] = op
    return dict(sorted(found.items()))


def find(op_type: str, domain: str = "") -> Lowering | None:
    """What lowers this operator, or None where nothing does."""
    return all_lowerings().get((domain, op_type))
