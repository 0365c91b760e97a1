"""Nodes as the model file has them, for messages: passes rename, merge and replace them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import onnx
import onnx_ir as ir

from edgert.errors import CompileError, Error

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


def shown_operator(node: ir.Node) -> str:
    """The operator by a name that ONNX has: of edgert's own that of the file's nodes."""
    if not node.domain or onnx.defs.has(node.op_type):
        return node.op_type
    return "+".join(dict.fromkeys(source.op for source in sources_of(node))) or node.op_type


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
        names = "+".join(dict.fromkeys(source.name for source in same))
        ops = "+".join(dict.fromkeys(source.op for source in same))
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
        return {field.name: getattr(self, field.name) for field in fields(NodeProblem)}


@contextmanager
def blamed_on(node: ir.Node) -> Iterator[None]:
    """Names the node where the compiler itself stumbles: raises CompileError."""
    try:
        yield
    except Error:
        raise
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
        reason = f"the compiler fails here ({what}); if other runtimes take the model, report it"
        problem = NodeProblem.of(node, reason)
        raise CompileError(str(problem), [problem.to_dict()]) from error
