"""What was counted of a model on a CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from benchmarks.arm.debian import EngineCounts


@dataclass(frozen=True)
class Row:
    """The counts of one model in one precision on one CPU, by engine."""

    model: str
    precision: str
    cpu: str
    counts: Mapping[str, EngineCounts]

    def millions(self, engine: str, what: str) -> float:
        """`what`: "run" or "start"."""
        return getattr(self.counts[engine], what) / 1e6

    def ratio(self, what: str) -> float:
        """edgert's count by LiteRT's."""
        return self.millions("edgert", what) / self.millions("litert", what)

    def figures(self) -> dict:
        """For JSON."""
        return asdict(self)
