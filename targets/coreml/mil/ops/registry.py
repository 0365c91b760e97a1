"""Finds the operators: every `MilOp` subclass in a module under targets/coreml/mil/ops."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from edgert.compiler.discovery import instances
from edgert.targets.coreml.mil.ops.base import MilOp


@functools.cache
def all_ops() -> Mapping[tuple[str, str], MilOp]:
    """Every operator by (domain, op_type), sorted."""
    found: dict[tuple[str, str], MilOp] = {}
    for op in instances("edgert.targets.coreml.mil.ops", MilOp):
        key = (op.domain, op.op_type)
        if key in found:
            raise RuntimeError(f"{type(op)} and {type(found[key])} both lower {key}")
        found[key] = op
    return dict(sorted(found.items()))


def find(op_type: str, domain: str = "") -> MilOp | None:
    """What lowers this operator, or None where nothing does."""
    return all_ops().get((domain, op_type))
