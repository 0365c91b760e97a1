"""What a pass and a rewrite rule are.

A file in `rules/` that defines a subclass of `Rule` is all there is to add for a rewrite
(docs/add-a-pass.md). Within a stage, rules run together until none applies, so their order does not
matter; what must be finished before something else begins belongs to an earlier stage.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import onnx_ir as ir


class Stage(enum.Enum):
    """When a rule runs; stages run in this order."""

    CANONICALIZE = "one form for each operator, whatever its opset"
    DECOMPOSE = "operators that a backend does not compute whole become many simpler ones"
    SIMPLIFY = "remove what computes nothing, merge what moves data twice, recognize patterns"
    ABSORB = "products take the edgert form and absorb constants into weights and biases"
    FUSE = "products absorb padding, residual additions and activations"


@dataclass(frozen=True)
class Rewrite:
    """What takes a node's place.

    Attributes:
        outputs: for each output of the node, the value that replaces it: an existing value, or an
            output of new nodes (which are inserted before the node, constants included). None for
            an output that nobody reads.
    """

    outputs: tuple[ir.Value | None, ...]


@dataclass(frozen=True)
class Refusal:
    """Why a pattern that occurs is left as it is."""

    reason: str


def bypass(node: ir.Node, source: ir.Value) -> Rewrite | Refusal:
    """Lets `source` take the place of the node's only output.

    Refuses where that output is the graph's and `source` cannot take over its name.
    """
    taken = source.producer() is None or source.is_graph_output()
    if node.outputs[0].is_graph_output() and taken:
        return Refusal("it gives a graph output its name")
    return Rewrite((source,))


class Rule(abc.ABC):
    """A local rewrite, applied to every node whose operator is in `ops`.

    `apply` looks at the node, usually the last of its pattern, and at what feeds it. It must not
    change the graph: it returns a Rewrite, a Refusal where the pattern occurs but may not be
    rewritten, or None. New nodes are built only after every check has passed.

    What the driver takes care of: the replacing value gets the name, shape and type of the replaced
    one, so value names stay stable and so do graph outputs; shapes of values in between are
    inferred; nodes that nobody reads any more are removed; the new node's name joins the names of
    the nodes it stands for with "+".
    """

    stage: ClassVar[Stage]
    ops: ClassVar[frozenset[str]]

    @abc.abstractmethod
    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """The rewrite of `node`, why not, or None where the pattern does not occur."""

    @property
    def name(self) -> str:
        """The rule's file."""
        return type(self).__module__.rpartition(".")[2]


@dataclass(frozen=True)
class Pass:
    """A named step that changes a model in place and tells whether it did."""

    name: str
    run: Callable[[ir.Model], bool]
