"""Outputs that tell how large other outputs are: the counts of their bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.passes.bounds import known_bounds, mark_graph
from edgert_compiler.program.ir import DType, Port, Storage, port_tensor


@dataclass(frozen=True)
class Sizes:
    """The ports of counts, behind those of the graph's own outputs."""

    places: Mapping[ir.Value, int]
    ports: Sequence[Port]

    def of(self, value: ir.Value) -> tuple[tuple[int, int], ...]:
        """`Port.sizes` of an output."""
        bounds = known_bounds(value)
        return tuple((axis, self.places[bounds[axis]]) for axis in sorted(bounds))


def store_sizes(graph: ir.Graph, outputs: Sequence[ir.Value], context: LoweringContext) -> Sizes:
    """Makes the counts of the outputs' bounds (edgert_compiler/passes/bounds.py) outputs as well.

    One for each count, int64 [1], named after the first output that it is for: "boxes.size0".
    """
    mark_graph(graph)
    places: dict[ir.Value, int] = {}
    ports: list[Port] = []
    for value in outputs:
        for axis, count in sorted(known_bounds(value).items()):
            if count in places:
                continue
            places[count] = len(outputs) + len(ports)
            port = Port(f"{value.name}.size{axis}", DType.S64, (1,))
            target = port_tensor(Storage.OUTPUT, port.dtype, port.shape, places[count], port.name)
            context.begin_output(count)
            context.convert(context.reshape(context.native(count), (1,)), target)
            ports.append(port)
    return Sizes(places, ports)
