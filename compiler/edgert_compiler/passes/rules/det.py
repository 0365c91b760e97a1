"""Det by expansion into minors."""

from __future__ import annotations

import itertools

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer

MAX_SIZE = 6


class Det(Rule):
    """Row by row: the minors of the first k + 1 rows from those of the first k.

    Det(x[..., 2, 2])   =>   x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0]

    There is no division, so no pivot has to be sought; n * 2^(n - 1) products are too many for
    large matrices.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Det"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses more than 6 rows."""
        x = node.inputs[0]
        shape = None if x is None else dims(x)
        if x is None or shape is None:
            return None
        size = shape[-1]
        if not 1 <= size <= MAX_SIZE:
            return Refusal(f"it has {size} rows; up to {MAX_SIZE} are expanded")
        make = Composer(node)
        rank = len(shape)

        def element(row: int, column: int) -> ir.Value:
            line = make.slice(x, rank - 2, row, row + 1)
            return make.slice(line, rank - 1, column, column + 1)

        minors: dict[tuple[int, ...], ir.Value] = {
            (column,): element(0, column) for column in range(size)
        }
        for row in range(1, size):
            entries = [element(row, column) for column in range(size)]
            minors = {
                columns: _expanded(columns, entries, minors)
                for columns in itertools.combinations(range(size), row + 1)
            }
        return Rewrite((make.reshape(minors[tuple(range(size))], shape[:-2]),))


def _expanded(
    columns: tuple[int, ...],
    entries: list[ir.Value],
    minors: dict[tuple[int, ...], ir.Value],
) -> ir.Value:
    """The minor of `columns` along its last row, the signs ending in +."""
    total: ir.Value | None = None
    for place in reversed(range(len(columns))):
        rest = columns[:place] + columns[place + 1 :]
        term = emit("Mul", [entries[columns[place]], minors[rest]])
        negative = (len(columns) - 1 - place) % 2
        total = term if total is None else emit("Sub" if negative else "Add", [total, term])
    assert total is not None
    return total
