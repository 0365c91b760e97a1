"""Nodes in topological order, as the standard asks for and not every converter writes them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import onnx


def sort_nodes(graph: onnx.GraphProto) -> None:
    """Puts each node behind those whose outputs it or its subgraphs read, in place.

    Does nothing to a graph that is in order. Nodes of a cycle stay as they are, for the checker to
    complain about.
    """
    for node in graph.node:
        for inner in _subgraphs(node):
            sort_nodes(inner)
    producer = {name: i for i, node in enumerate(graph.node) for name in node.output if name}
    needs = [{producer[name] for name in _read(node) if name in producer} for node in graph.node]
    if all(before < index for index, needed in enumerate(needs) for before in needed):
        return
    order = _earliest_first(needs)
    if len(order) == len(needs):
        unsorted = onnx.GraphProto(node=graph.node)
        del graph.node[:]
        graph.node.extend(unsorted.node[index] for index in order)


def _subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            yield attribute.g
        yield from attribute.graphs


def _read(node: onnx.NodeProto) -> Iterator[str]:
    yield from node.input
    for graph in _subgraphs(node):
        for inner in graph.node:
            yield from _read(inner)
        yield from (output.name for output in graph.output)


def _earliest_first(needs: list[set[int]]) -> list[int]:
    """Indices, each behind those that it needs; fewer than there are where some need each other."""
    readers: list[list[int]] = [[] for _ in needs]
    for index, needed in enumerate(needs):
        for before in needed:
            readers[before].append(index)
    waiting = [len(needed) for needed in needs]
    ready = [index for index, count in enumerate(waiting) if count == 0]
    order = []
    while ready:
        index = heapq.heappop(ready)
        order.append(index)
        for reader in readers[index]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, reader)
    return order
