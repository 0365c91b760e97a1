"""Bodies of control flow become part of the graph around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import onnx_ir as ir

from edgert_compiler.graph.names import unique
from edgert_compiler.graph.problems import inherit_sources, sources_of


class Surroundings:
    """A graph into which bodies are copied, in front of one of its nodes."""

    def __init__(self, node: ir.Node) -> None:
        assert isinstance(node.graph, ir.Graph)
        self.node = node
        self.graph = node.graph
        self.added: list[ir.Node] = []
        inside = {node, *inner_nodes(node)}
        nodes = [n for n in self.graph.all_nodes() if n not in inside]
        self._node_names = {str(n.name) for n in nodes}
        self._value_names = {str(v.name) for v in self.graph.inputs} | set(self.graph.initializers)
        self._value_names |= {str(v.name) for n in (*nodes, node) for v in n.outputs}

    def add(self, node: ir.Node) -> ir.Node:
        """Inserts a new node; it and its outputs get names that are free."""
        node.name = self._free(node.name or f"{self.node.name}/{node.op_type}", self._node_names)
        for value in node.outputs:
            if value.name != "":
                value.name = self._free(value.name or str(node.name), self._value_names)
        if node.version is None:
            node.version = self.graph.opset_imports.get(node.domain)
        if not sources_of(node):
            inherit_sources([node], [self.node])
        self.graph.insert_before(self.node, node)
        self.added.append(node)
        return node

    def constant(self, value: ir.Value) -> ir.Value:
        """Registers a new constant under a free name."""
        value.name = self._free(str(value.name), self._value_names)
        self.graph.register_initializer(value)
        return value

    def copy(self, body: ir.Graph, inputs: Sequence[ir.Value | None]) -> list[ir.Value]:
        """Inserts the nodes of a body that reads `inputs`, and returns its outputs.

        An input of the body without a value must not be read.
        """
        clone = body.clone(allow_outer_scope_values=True)
        results: list[ir.Value] = list(clone.outputs)
        for inner, outer in zip(clone.inputs, inputs):
            if outer is not None:
                results = [outer if value is inner else value for value in results]
                inner.replace_all_uses_with(outer, replace_graph_outputs=True)
        clone.outputs.clear()
        for value in list(clone.initializers.values()):
            del clone.initializers[str(value.name)]
            self.constant(value)
        nodes = list(clone)
        clone.remove(nodes)
        for node in nodes:
            self.add(node)
        return results

    def replace(self, results: Sequence[ir.Value | None]) -> None:
        """Lets `results` stand for the outputs of the node, which goes.

        Each result takes over the name of an output by an Identity; None for one nobody reads.
        """
        for old, new in zip(self.node.outputs, results):
            if new is None:
                continue
            name, old.name = old.name, None
            output = ir.Value(name=name, shape=old.shape, type=old.type)
            identity = ir.Node("", "Identity", [new], outputs=[output], version=self.node.version)
            identity.name = self._free(f"{self.node.name}/{name}", self._node_names)
            self.graph.insert_before(self.node, identity)
            old.replace_all_uses_with(output, replace_graph_outputs=True)
            self.added.append(identity)
        discard_bodies(self.node)
        self.graph.remove(self.node, safe=True)

    @staticmethod
    def _free(name: str, taken: set[str]) -> str:
        name = unique(name, taken)
        taken.add(name)
        return name


def bodies(node: ir.Node) -> Iterator[ir.Graph]:
    """The graphs among a node's attributes."""
    for attribute in node.attributes.values():
        if attribute.type == ir.AttributeType.GRAPH:
            yield attribute.as_graph()
        elif attribute.type == ir.AttributeType.GRAPHS:
            yield from attribute.as_graphs()


def inner_nodes(node: ir.Node) -> Iterator[ir.Node]:
    """Every node of a node's bodies, at any depth."""
    for body in bodies(node):
        yield from body.all_nodes()


def read_inside(node: ir.Node) -> Iterator[ir.Value]:
    """What the bodies of a node read and give, at any depth."""
    for body in bodies(node):
        yield from body.outputs
        for inner in body:
            yield from (value for value in inner.inputs if value is not None)
            yield from read_inside(inner)


def discard_bodies(node: ir.Node) -> None:
    """Lets the nodes of the bodies read nothing, so that they are no uses of the graph's values."""
    for inner in inner_nodes(node):
        for index in range(len(inner.inputs)):
            inner.replace_input_with(index, None)
