"""What must hold for a model after every pass, and who broke it if it does not."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from edgert.errors import Error
from edgert_compiler.graph.activation import ACTIVATIONS
from edgert_compiler.graph.fused import PRODUCTS
from edgert_compiler.graph.matching import op_id
from edgert_compiler.passes.infer import infer_outputs

Signature = tuple[str, ir.DataType | None, tuple[object, ...] | None]


class InvariantError(Error):
    """A pass left the model in a state that later stages cannot rely on: a defect of the pass."""


@dataclass(frozen=True)
class Invariants:
    """What a model had before the first pass and must keep.

    Attributes:
        inputs, outputs: name, element type and shape of each, in order.
        unknown: names of values without a static shape; passes may not add to them.
    """

    inputs: tuple[Signature, ...]
    outputs: tuple[Signature, ...]
    unknown: frozenset[str]

    @classmethod
    def of(cls, model: ir.Model) -> Invariants:
        """The model's signature as it is now."""
        graph = model.graph
        return cls(
            tuple(map(_signature, graph.inputs)),
            tuple(map(_signature, graph.outputs)),
            frozenset(str(v.name) for node in graph for v in node.outputs if not _is_known(v)),
        )

    def check(self, model: ir.Model, pass_name: str) -> None:
        """Raises InvariantError that names the pass and the first thing that is wrong."""
        problem = self._problem(model)
        if problem is not None:
            raise InvariantError(f"pass '{pass_name}' broke the model: {problem}")

    def _problem(self, model: ir.Model) -> str | None:
        graph = model.graph
        for title, before, values in (
            ("inputs", self.inputs, graph.inputs),
            ("outputs", self.outputs, graph.outputs),
        ):
            after = tuple(map(_signature, values))
            if before != after:
                return f"{title} were {before}, are {after}"
        return _structure_problem(graph, self.unknown)


def _structure_problem(graph: ir.Graph, unknown: frozenset[str]) -> str | None:
    """Order (hence no cycles), names, shapes and the form of edgert's own operators."""
    defined = {id(v) for v in (*graph.inputs, *graph.initializers.values())}
    value_names = {str(v.name) for v in (*graph.inputs, *graph.initializers.values())}
    node_names: set[str] = set()
    for node in graph:
        if not node.name or node.name in node_names:
            return f"node name '{node.name}' is missing or not unique"
        node_names.add(node.name)
        for value in node.inputs:
            if value is not None and id(value) not in defined:
                return f"node '{node.name}' reads '{value.name}' before it is computed"
        for value in node.outputs:
            defined.add(id(value))
            problem = _value_problem(value, value_names, unknown)
            if problem is not None:
                return f"node '{node.name}': {problem}"
        fused = op_id(node) in PRODUCTS
        problem = _fused_problem(node) if fused else _shape_problem(node)
        if problem is not None:
            return f"node '{node.name}' ({node.op_type}): {problem}"
    missing = [str(v.name) for v in graph.outputs if id(v) not in defined]
    return f"output '{missing[0]}' is not computed" if missing else None


def _value_problem(value: ir.Value, names: set[str], unknown: frozenset[str]) -> str | None:
    if not value.name:
        return None if not value.uses() else "an output that is read has no name"
    if value.name in names:
        return f"value name '{value.name}' is not unique"
    names.add(value.name)
    if not _is_known(value) and value.name not in unknown:
        return f"'{value.name}' has no static shape or no type"
    return None


def _shape_problem(node: ir.Node) -> str | None:
    """Compares recorded with inferred shapes."""
    inferred = infer_outputs(node)
    for value in node.outputs:
        proto = inferred.get(value.name or "")
        shape = ir.serde.deserialize_type_proto_for_shape(proto) if proto is not None else None
        if shape is None or value.shape is None or not shape.is_static():
            continue
        if tuple(shape) != tuple(value.shape):
            return f"'{value.name}' is recorded as {list(value.shape)} but is {list(shape)}"
    return None


def _fused_problem(node: ir.Node) -> str | None:
    if op_id(node) not in PRODUCTS:
        return None
    activation = node.attributes.get_string("activation")
    if activation not in ACTIVATIONS:
        return f"unknown activation '{activation}'"
    constants = [v for v in node.inputs[1:3] if v is not None]
    if any(v.const_value is None for v in constants):
        return "weights and bias are not constant"
    residual = node.inputs[3] if len(node.inputs) > 3 else None
    if residual is not None and residual.shape != node.outputs[0].shape:
        return f"residual is {residual.shape}, the output {node.outputs[0].shape}"
    return None


def _is_known(value: ir.Value) -> bool:
    if not value.name:
        return True
    return value.shape is not None and value.shape.is_static() and value.dtype is not None


def _signature(value: ir.Value) -> Signature:
    shape = tuple(value.shape) if value.shape is not None else None
    return str(value.name), value.dtype, shape
