"""Finds the operators: every `MilOp` subclass in a module under edgert_targets/coreml/mil/ops."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from edgert_compiler.discovery import by_operator
from edgert_targets.coreml.mil.ops.base import MilOp


@functools.cache
def all_ops() -> Mapping[tuple[str, str], MilOp]:
    """Every operator by (domain, op_type), sorted."""
    return by_operator("edgert_targets.coreml.mil.ops", MilOp)


def find(op_type: str, domain: str = "") -> MilOp | None:
    """What lowers this operator, or None where nothing does."""
    return all_ops().get((domain, op_type))
