"""Nodes as the model file has them, for messages: passes rename, merge and replace them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import onnx_ir as ir

_SOURCES = "edgert.sources"
"""Where a node keeps the nodes of the file that it stands for: its `meta`."""


@dataclass(frozen=True)
class Source:
    """A node of the model file: name, operator, and the opset of its domain."""

    name: str
    op: str
    domain: str
    opset: int


def stamp_sources(graph: ir.Graph) -> None:
    """Lets every node, at any depth and named already, stand for itself, in place."""
    for node in graph.all_nodes():
        source = Source(str(node.name), node.op_type, node.domain, node.version or 0)
        node.meta[_SOURCES] = (source,)


def inherit_sources(added: Iterable[ir.Node], replaced: Sequence[ir.Node]) -> None:
    """Lets new nodes stand for what those stand for whose place they take, in place."""
    sources = tuple(dict.fromkeys(s for node in replaced for s in sources_of(node)))
    for node in added:
        node.meta[_SOURCES] = sources


def sources_of(node: ir.Node) -> tuple[Source, ...]:
    """The nodes of the file that a node stands for, in their order; none where it has lost them."""
    found: tuple[Source, ...] = node.meta.get(_SOURCES, ())
    return found


@dataclass(frozen=True)
class NodeProblem:
    """What is wrong with one node of a model.

    Attributes:
        node: its name; op, domain: its operator; opset: as the model file declares it.
        reason: what is wrong, and what to do about it where that is known.
    """

    node: str
    op: str
    domain: str
    opset: int
    reason: str

    @classmethod
    def of(cls, node: ir.Node, reason: str) -> NodeProblem:
        """Of the nodes of the file that a node of the graph stands for."""
        sources = sources_of(node)
        same = [source for source in sources if source.op == node.op_type][:1] or list(sources)
        if not same:
            return cls(str(node.name), node.op_type, node.domain, node.version or 0, reason)
        names, ops = ("+".join(dict.fromkeys(each)) for each in zip(*((s.name, s.op) for s in same)))
        return cls(names, ops, same[0].domain, same[0].opset, reason)

    @property
    def operator(self) -> str:
        """The operator with its domain, where that is not ONNX's own."""
        return f"{self.domain}.{self.op}" if self.domain else self.op

    @property
    def place(self) -> str:
        """Which node it is."""
        opset = f", opset {self.opset}" if self.opset else ""
        return f"node '{self.node}' ({self.operator}{opset})"

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """In types that JSON has."""
        return asdict(self)
