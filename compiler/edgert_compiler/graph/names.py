"""Unique, readable node names."""

from __future__ import annotations

from collections.abc import Iterable

import onnx_ir as ir


def name_nodes(graph: ir.Graph) -> None:
    """Gives every node a unique name, in place; names that are present and unique stay.

    A nameless node is called after its operator and first output: ``Relu_hidden``.
    """
    taken = {node.name for node in graph.all_nodes() if node.name}
    seen: set[str] = set()
    for node in graph.all_nodes():
        if node.name and node.name not in seen:
            seen.add(node.name)
            continue
        node.name = unique(node.name or _readable(node), taken)
        taken.add(node.name)
        seen.add(node.name)


def unique(name: str, taken: set[str]) -> str:
    """`name`, with a number appended where it is taken."""
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


class Names:
    """Names that are taken; tells free ones like `unique`, but without counting from 2 each time.

    A number is not given twice, even if its name has become free meanwhile.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, name: str) -> str:
        """`name`, with a number appended where it is taken; it is taken from now on."""
        free, number = name, self._next.get(name, 2)
        while free in self._taken:
            free = f"{name}_{number}"
            number += 1
        if free != name:
            self._next[name] = number
        self._taken.add(free)
        return free

    def release(self, names: Iterable[str]) -> None:
        """Makes names free."""
        self._taken.difference_update(names)


def _readable(node: ir.Node) -> str:
    output = next((v.name for v in node.outputs if v.name), "")
    return f"{node.op_type}_{output}" if output else node.op_type
