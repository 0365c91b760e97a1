"""Which nodes run when: the bodies of control flow, found from who reads what.

Walking backwards from the outputs, a node runs in the innermost region that all its readers are
in. An ``If`` reads the results of each branch in a region of its own, a ``LoopEnd`` all that it
reads in the body; ``LoopBegin`` runs where LoopEnd does. A node that nobody reads does not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from edgert_compiler.graph.dataflow import IF, LOOP_BEGIN, branch_results, is_control, loop_begin
from edgert_compiler.graph.region import Region


@dataclass(frozen=True, eq=False)
class Schedule:
    """The nodes of each region (None: of the program itself), in order; the bodies of If and
    LoopEnd nodes.
    """

    nodes: Mapping[Region | None, Sequence[ir.Node]]
    bodies: Mapping[ir.Node, Sequence[Region]]


def schedule(graph: ir.Graph) -> Schedule:
    """The regions of a graph in topological order."""
    walk = _Walk()
    for value in graph.outputs:
        walk.read(value, None)
    for node in reversed(list(graph)):
        walk.visit(node)
    return Schedule({region: nodes[::-1] for region, nodes in walk.nodes.items()}, walk.bodies)


def nodes_in_loops(graph: ir.Graph) -> dict[ir.Node, str]:
    """The nodes that run once for each iteration of a loop, with the name of the innermost loop."""
    plan = schedule(graph)
    names = {
        region: str(node.name)
        for node, regions in plan.bodies.items()
        for region in regions
        if node.op_type != IF
    }
    found = {}
    for region, nodes in plan.nodes.items():
        loop = region
        while loop is not None and loop not in names:
            loop = loop.parent
        if loop is not None:
            found.update(dict.fromkeys(nodes, names[loop]))
    return found


class _Walk:
    def __init__(self) -> None:
        self.nodes: dict[Region | None, list[ir.Node]] = {None: []}
        self.bodies: dict[ir.Node, tuple[Region, ...]] = {}
        self.readers: dict[ir.Value, Region | None] = {}
        self.begins: dict[ir.Node, Region | None] = {}

    def read(self, value: ir.Value | None, region: Region | None) -> None:
        if value is not None:
            known = value in self.readers
            self.readers[value] = _common(self.readers[value], region) if known else region

    def visit(self, node: ir.Node) -> None:
        regions = [self.readers[value] for value in node.outputs if value in self.readers]
        if not regions:
            return
        region = regions[0]
        for other in regions[1:]:
            region = _common(region, other)
        if not is_control(node):
            self._read_all(node.inputs, region)
        elif node.op_type == IF:
            self._branch(node, region)
        elif node.op_type == LOOP_BEGIN:
            region = self.begins[node]
            self._read_all(node.inputs, region)
        else:
            self._loop(node, region)
        self.nodes.setdefault(region, []).append(node)

    def _read_all(self, values: Sequence[ir.Value | None], region: Region | None) -> None:
        for value in values:
            self.read(value, region)

    def _branch(self, node: ir.Node, region: Region | None) -> None:
        self.bodies[node] = regions = (Region(region), Region(region))
        self.read(node.inputs[0], region)
        for body, values in zip(regions, branch_results(node)):
            self.nodes[body] = []
            self._read_all(values, body)

    def _loop(self, node: ir.Node, region: Region | None) -> None:
        body = Region(region)
        self.bodies[node] = (body,)
        self.nodes[body] = []
        self.begins[loop_begin(node)] = region
        self._read_all(node.inputs, body)


def _common(a: Region | None, b: Region | None) -> Region | None:
    """The innermost region that both are in."""
    while a is not None and (b is None or not b.within(a)):
        a = a.parent
    return a
