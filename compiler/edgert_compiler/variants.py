"""One model for several sets of input shapes: what must be the same, and what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.state import StateBinding


def variant_names(graphs: Sequence[ir.Graph]) -> list[str]:
    """A name for each, after its input shapes: "x:1,3,224,224"; "main" for a single one."""
    if len(graphs) == 1:
        return ["main"]
    return [";".join(map(_input_shape, graph.inputs)) for graph in graphs]


def check_variants(graphs: Sequence[ir.Graph], states: Sequence[StateBinding]) -> None:
    """Raises CompileError where two have the same input shapes, once all dimensions are bound.

    And where a state depends on them: it is one piece of memory for all.
    """
    names = variant_names(graphs)
    for name in names:
        if names.count(name) > 1:
            raise CompileError(f"--input-shape: the shapes {name} are given twice")
    for state in states:
        shapes = dict.fromkeys(_shape(graph, state.input) for graph in graphs)
        if len(shapes) > 1:
            listed = " and ".join(str(list(shape)) for shape in shapes)
            raise CompileError(
                f"--state {state.output}:{state.input}: the state has the shapes {listed}; "
                "it must be the same for every --input-shape set"
            )


def _input_shape(value: ir.Value) -> str:
    return f"{value.name}:{','.join(map(str, shape_of(value)))}"


def _shape(graph: ir.Graph, name: str) -> tuple[int, ...]:
    return next(shape_of(value) for value in graph.inputs if value.name == name)
