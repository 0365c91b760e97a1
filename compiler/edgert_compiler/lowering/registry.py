"""Finds how operators are lowered: `Lowering` subclasses under edgert_compiler/lowering/operators.

Elementwise operators that have none are lowered as what they say of themselves.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from edgert_compiler.discovery import by_operator
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.elementwise_operator import ElementwiseLowering
from edgert_compiler.operators import registry
from edgert_compiler.operators.elementwise.base import Elementwise


@functools.cache
def all_lowerings() -> Mapping[tuple[str, str], Lowering]:
    """What lowers each operator that can be lowered, by (domain, op_type), sorted."""
    own = by_operator("edgert_compiler.lowering.operators", Lowering)
    elementwise = {
        key: ElementwiseLowering(operator)
        for key, operator in registry.all_operators().items()
        if isinstance(operator, Elementwise)
    }
    return dict(sorted({**elementwise, **own}.items()))


def find(op_type: str, domain: str = "") -> Lowering | None:
    """What lowers this operator, or None where nothing does."""
    return all_lowerings().get((domain, op_type))
