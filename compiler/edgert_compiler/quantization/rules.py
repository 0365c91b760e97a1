"""What differs between runtimes that compute in int8."""

from __future__ import annotations

from dataclasses import dataclass

from edgert_compiler.operators import registry
from edgert_compiler.quantization.graph import FindOp
from edgert_compiler.quantization.plan import WEIGHT_LIMITS


@dataclass(frozen=True)
class Int8Rules:
    """How a runtime computes in int8.

    Attributes:
        products_write_float: whether int8 products may have a float output; else all their outputs
            get parameters.
        tables: whether arithmetic on one value is computed in one step (tables.py); else every
            value in between gets parameters.
        find: what is known of each operator.
        weight_limits: the smallest and the largest integer that a weight may be; products with
            others compute in float.
    """

    products_write_float: bool = True
    tables: bool = True
    find: FindOp = registry.find
    weight_limits: tuple[int, int] = WEIGHT_LIMITS
