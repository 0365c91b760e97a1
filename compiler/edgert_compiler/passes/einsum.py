"""Einstein summation in elementary operators."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.passes.compose import Composer

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Equation:
    """The labels of every operand and of the result; ellipses are labels "0", "1", ... from the
    last dimension that they stand for to the first."""

    operands: tuple[Labels, ...]
    result: Labels

    @classmethod
    def parse(cls, text: str, ranks: Sequence[int]) -> Equation | None:
        """The equation for operands of these ranks, None where it does not fit them."""
        left, arrow, right = text.replace(" ", "").partition("->")
        terms = left.split(",")
        if len(terms) != len(ranks):
            return None
        operands = tuple(_labels(term, rank) for term, rank in zip(terms, ranks))
        if any(len(labels) != rank for labels, rank in zip(operands, ranks)):
            return None
        counts = Counter(label for labels in operands for label in labels)
        hidden = sum(label.isdigit() for label in counts)
        ellipsis = tuple(str(i) for i in range(hidden - 1, -1, -1))
        if not arrow:
            once = sorted(n for n, count in counts.items() if count == 1 and not n.isdigit())
            return cls(operands, (*ellipsis, *once))
        before, dots, after = right.partition("...")
        result = (*before, *(ellipsis if dots else ()), *after)
        if len(set(result)) != len(result) or not set(result) <= set(counts):
            return None
        return cls(operands, result)


def _labels(term: str, rank: int) -> Labels:
    before, dots, after = term.partition("...")
    hidden = rank - len(before) - len(after) if dots else 0
    return (*before, *(str(i) for i in range(hidden - 1, -1, -1)), *after)


@dataclass(frozen=True, eq=False)
class Term:
    """A value with a label for each of its dimensions, and their sizes."""

    value: ir.Value
    labels: Labels
    sizes: tuple[int, ...]

    def size(self, label: str) -> int:
        """1 where the term does not have the label."""
        return self.sizes[self.labels.index(label)] if label in self.labels else 1


@dataclass(frozen=True, eq=False)
class Summation:
    """Builds the operators. `floats`: there are matrix products of the type."""

    make: Composer
    floats: bool

    def run(self, equation: Equation, terms: Sequence[Term]) -> ir.Value:
        """Diagonals first, then the operands one after the other, the result's order last."""
        pending = [self._diagonals(term) for term in terms]
        total = pending.pop(0)
        while True:
            needed = {*equation.result, *(label for term in pending for label in term.labels)}
            total = self._summed(total, needed)
            if not pending:
                return self._ordered(total, equation.result).value
            following = pending.pop(0)
            later = {*equation.result, *(label for term in pending for label in term.labels)}
            following = self._summed(following, later | set(total.labels))
            total = self._product(total, following, later)

    def _ordered(self, term: Term, labels: Sequence[str]) -> Term:
        """The same with its dimensions in another order."""
        order = tuple(term.labels.index(label) for label in labels)
        if order == tuple(range(len(order))):
            return term
        value = self.make.transpose(term.value, *order)
        return Term(value, tuple(labels), tuple(term.sizes[axis] for axis in order))

    def _diagonals(self, term: Term) -> Term:
        """A label that occurs twice: every (n + 1)-th element of the two dimensions as one."""
        repeated = next((n for n, count in Counter(term.labels).items() if count > 1), None)
        if repeated is None:
            return term
        first = term.labels.index(repeated)
        second = term.labels.index(repeated, first + 1)
        size = term.sizes[first]
        rest = [axis for axis in range(len(term.labels)) if axis not in (first, second)]
        kept = [term.sizes[axis] for axis in rest]
        moved = self.make.transpose(term.value, *rest, first, second)
        flat = self.make.reshape(moved, [*kept, size * size])
        diagonal = self.make.slice(flat, len(rest), 0, size * size, size + 1)
        labels = (*(term.labels[axis] for axis in rest), repeated)
        return self._diagonals(Term(diagonal, labels, (*kept, size)))

    def _summed(self, term: Term, needed: set[str]) -> Term:
        axes = [axis for axis, label in enumerate(term.labels) if label not in needed]
        if not axes:
            return term
        kept = [axis for axis in range(len(term.labels)) if axis not in axes]
        return Term(
            self.make.reduce("ReduceSum", term.value, axes),
            tuple(term.labels[axis] for axis in kept),
            tuple(term.sizes[axis] for axis in kept),
        )

    def _product(self, a: Term, b: Term, needed: set[str]) -> Term:
        """Sums over the labels that both have and nothing else needs."""
        common = [label for label in a.labels if label in b.labels]
        summed = [label for label in common if label not in needed]
        whole = all(a.size(label) == b.size(label) for label in summed)
        if not (summed and whole and self.floats):
            return self._summed(self._multiplied(a, b), needed)
        batch = [label for label in common if label in needed]
        rows = [label for label in a.labels if label not in common]
        columns = [label for label in b.labels if label not in common]
        left = self._matrices(a, batch, rows, summed)
        right = self._matrices(b, batch, summed, columns)
        labels = (*batch, *rows, *columns)
        sizes = tuple(max(a.size(label), b.size(label)) for label in labels)
        product = emit("MatMul", [left, right])
        return Term(self.make.reshape(product, sizes), labels, sizes)

    def _matrices(self, term: Term, batch: Labels | list[str], *sides: Sequence[str]) -> ir.Value:
        """[batch..., product of the first side, product of the second]"""
        ordered = self._ordered(term, [*batch, *(label for side in sides for label in side)])
        shape = [*(term.size(label) for label in batch)]
        shape += [math.prod(term.size(label) for label in side) for side in sides]
        return self.make.reshape(ordered.value, shape)

    def _multiplied(self, a: Term, b: Term) -> Term:
        """Elementwise, with all labels of both."""
        labels = (*a.labels, *(label for label in b.labels if label not in a.labels))
        factors = []
        for term in (a, b):
            ordered = self._ordered(term, [label for label in labels if label in term.labels])
            shape = [term.size(label) for label in labels]
            factors.append(self.make.reshape(ordered.value, shape))
        sizes = tuple(max(a.size(label), b.size(label)) for label in labels)
        return Term(emit("Mul", factors), labels, sizes)


def sizes_agree(equation: Equation, shapes: Sequence[Sequence[int]]) -> bool:
    """Whether a label has the same size everywhere, or 1 in an ellipsis."""
    found: dict[str, set[int]] = {}
    for labels, shape in zip(equation.operands, shapes):
        for label, size in zip(labels, shape):
            found.setdefault(label, set()).add(size)
    return all(_agree(label, sizes) for label, sizes in found.items())


def _agree(label: str, sizes: set[int]) -> bool:
    return len(sizes - {1} if label.isdigit() else sizes) <= 1
