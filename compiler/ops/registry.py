"""Finds the operators: every `OpLowering` subclass in a module under compiler/ops."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from edgert.compiler.discovery import instances
from edgert.compiler.ops.base import OpLowering


@functools.cache
def all_ops() -> Mapping[tuple[str, str], OpLowering]:
    """Every operator by (domain, op_type), sorted."""
    found: dict[tuple[str, str], OpLowering] = {}
    for op in instances("edgert.compiler.ops", OpLowering):
        key = (op.domain, op.op_type)
        if key in found:
            raise RuntimeError(f"{type(op)} and {type(found[key])} both lower {key}")
        found[key] = op
    return dict(sorted(found.items()))


def find(op_type: str, domain: str = "") -> OpLowering | None:
    """What lowers this operator, or None where nothing does."""
    return all_ops().get((domain, op_type))
