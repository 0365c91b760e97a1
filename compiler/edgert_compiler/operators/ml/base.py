"""Base of TreeEnsemble and TreeEnsembleRegressor in canonical form: their trees."""

from __future__ import annotations

import abc

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.forest import MAX_FEATURES, Aggregate, Forest, parents_first
from edgert_compiler.graph.nodes import integers, numbers, required, shape_of
from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.operators.base import Operator


class TreeEnsembleBase(Operator):
    """A sum, minimum or maximum over trees.

    Thresholds and weights have the type of x; so does the sum, which is then converted to the type
    of the output.
    """

    domain = "ai.onnx.ml"
    types = FLOAT | DOUBLE

    @abc.abstractmethod
    def aggregate(self, node: ir.Node) -> Aggregate:
        """How values of several trees are combined."""

    @abc.abstractmethod
    def read(self, node: ir.Node) -> Forest:
        """The trees as the attributes say, unchecked. Raises KeyError, IndexError, ValueError."""

    def forest(self, node: ir.Node) -> Forest:
        """The trees. Raises ValueError, with a clause that says what is wrong with them."""
        try:
            forest = self.read(node)
        except (KeyError, IndexError) as error:
            raise ValueError(f"its attributes do not describe trees ({error!r})") from error
        _check(forest, min(shape_of(required(node, 0))[1], MAX_FEATURES))
        return forest

    def unsupported(self, node: ir.Node) -> str | None:
        reason = super().unsupported(node)
        if reason is None and len(shape_of(required(node, 0))) != 2:
            return "x must have two dimensions: rows and features"
        if reason is None:
            try:
                self.forest(node)
            except ValueError as error:
                return str(error)
        return reason


def _check(forest: Forest, features: int) -> None:
    nodes = len(forest.feature)
    if nodes and (forest.feature.min() < 0 or forest.feature.max() >= features):
        raise ValueError(f"a node tests a feature that x, with {features}, does not have")
    references = np.concatenate([forest.children.reshape(-1), forest.roots])
    if not len(forest.roots):
        raise ValueError("it has no trees")
    if references.max() >= nodes or (~references).max() >= forest.leaves:
        raise ValueError("a branch leads to no node")
    if not len(forest.leaf) == len(forest.target) == len(forest.weight):
        raise ValueError("the lists that describe its leaves differ in length")
    known = (forest.target >= 0) & (forest.target < forest.targets)
    if not known.all():
        raise ValueError(f"a leaf has a target beyond the {forest.targets} there are")
    parents_first(forest)


def ints(node: ir.Node, name: str) -> np.ndarray:
    """An attribute as int64."""
    return np.array(integers(node, name), np.int64)


def floats(node: ir.Node, name: str) -> np.ndarray:
    """A list of floats, or the tensor of doubles that may take its place."""
    if f"{name}_as_tensor" in node.attributes:
        return tensor(node, f"{name}_as_tensor")
    return np.array(numbers(node, name), np.float32)


def tensor(node: ir.Node, name: str) -> np.ndarray:
    """The elements of an attribute that is a tensor."""
    return node.attributes[name].as_tensor().numpy().reshape(-1)
