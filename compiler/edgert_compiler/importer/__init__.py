"""From an ONNX file to an `onnx_ir.Model` that every later stage can rely on.

What `load_model` guarantees about the model it returns:

- It passed `onnx.checker`; model-local functions are inlined, ``If`` with a constant condition is
  replaced by the branch taken, other control flow is dataflow without bodies.
- Every graph input has a static shape. Every other value has a static shape and a type, except
  behind operators whose output depends on data or that ONNX does not define; these nodes are for
  `edgert_compiler.unsupported.unsupported` to report.
- Constants are initializers: no ``Constant`` nodes, no initializer is also an input, nothing that
  can be computed from constants is left. ``QuantizeLinear`` and ``DequantizeLinear`` are never
  folded: they carry the quantization of the model. A graph output that is constant is ``Identity``
  of an initializer.
- Node names are present and unique, value names are unique in the graph.
- Operators have the form of opset `CANONICAL_OPSET` or newer, in the canonical forms that
  `edgert_compiler.passes` lists.
- Graph inputs and outputs keep their names, order and element types; but labels that are strings
  are int64 positions in `class_labels(model)`, and maps of probabilities are float tensors, noted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy.typing as npt
import onnx
import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.metadata import LABELS, NOTES, SOURCE_DIGEST, SOURCE_OPSET, add_note
from edgert_compiler.graph.names import name_nodes
from edgert_compiler.graph.problems import stamp_sources
from edgert_compiler.graph.schemas import readable_type
from edgert_compiler.importer.bind import bind_constants
from edgert_compiler.importer.read import read
from edgert_compiler.importer.shapes import bind_input_shapes
from edgert_compiler.importer.strings import without_strings
from edgert_compiler.passes import canonicalize
from edgert_compiler.passes.driver import nothing

__all__ = ["load_model"]


def load_model(
    source: str | os.PathLike[str] | bytes | onnx.ModelProto,
    input_shapes: Mapping[str, tuple[int, ...]] | None = None,
    constants: Mapping[str, npt.ArrayLike] | None = None,
    keeps: Callable[[ir.Node], bool] = nothing,
) -> ir.Model:
    """Reads, checks and normalizes a model.

    Args:
        source: path of an .onnx file (with its external data beside it), its bytes, or the proto.
        input_shapes: shapes for inputs with symbolic dimensions, by input name. A symbol bound by
            one input is bound wherever it occurs. A leading dimension that is the only unbound one
            of an input is taken as a batch of 1 and noted.
        constants: values of inputs that become constants of the model, by input name.
        keeps: whether a node is not to be decomposed (`Stage.DECOMPOSE`).

    Returns:
        A model as described above; `notes(model)` tells what was assumed.

    Raises:
        CompileError: the file is not a valid ONNX model of opset 7 or newer, an input shape is
            missing, a shape or constant does not fit, or shapes contradict each other.
    """
    proto, digest = read(source)
    strings = without_strings(proto)
    model = _to_ir(proto)
    model.metadata_props[LABELS] = json.dumps(strings.labels)
    model.metadata_props[SOURCE_DIGEST] = digest
    model.metadata_props[SOURCE_OPSET] = str(model.graph.opset_imports.get("", 0))
    _drop_initializers_from_inputs(model.graph)
    bind_constants(model.graph, constants or {})
    assumed = bind_input_shapes(model.graph, dict(input_shapes or {}))
    model.metadata_props[NOTES] = "\n".join([*assumed, *strings.notes])
    _stamp_versions(model.graph)
    name_nodes(model.graph)
    stamp_sources(model.graph)
    declared = [value.type for value in model.graph.outputs]
    casts = {node.name for node in model.graph.all_nodes() if node.op_type in ("Cast", "CastLike")}
    canonicalize(model, keeps)
    name_nodes(model.graph)
    _check_outputs(model.graph, declared)
    _note_narrowed(model, casts)
    return model


def _check_outputs(graph: ir.Graph, declared: Sequence[ir.TypeProtocol | None]) -> None:
    """Raises CompileError where an output is of another type than the model says."""
    for value, type_ in zip(graph.outputs, declared):
        if type_ is not None and value.type is not None and value.type != type_:
            said, found = readable_type(type_), readable_type(value.type)
            raise CompileError(
                f"output '{value.name}' is declared as {said}, but computed as {found}: "
                "export the model again, or correct the declaration"
            )


def _note_narrowed(model: ir.Model, casts: Collection[str | None]) -> None:
    """Notes operators that compute float64 in float32; `casts`: conversions of the model's own."""
    double, single = ir.DataType.DOUBLE, ir.DataType.FLOAT
    narrowed = [
        str(node.name).partition("~")[0]
        for node in model.graph
        if node.op_type == "Cast"
        and node.name not in casts
        and node.inputs[0] is not None
        and (node.inputs[0].dtype, node.outputs[0].dtype) == (double, single)
    ]
    if narrowed:
        names = ", ".join(f"'{name}'" for name in dict.fromkeys(narrowed))
        note = f"float64 is computed in float32 by {names}"
        add_note(model, note)


def _to_ir(proto: onnx.ModelProto) -> ir.Model:
    """The model as onnx_ir reads it. Raises CompileError for what the checker lets pass."""
    try:
        model = ir.from_proto(proto)
    except ir.serde.SerdeError as error:
        raise CompileError(f"the model is damaged: {error.__cause__ or error}") from error
    for node in model.graph.all_nodes():
        for text in (
            node.name,
            node.op_type,
            *(v.name for v in (*node.inputs, *node.outputs) if v),
        ):
            if isinstance(text, bytes):
                raise CompileError(f"the model is damaged: the name {text!r} is not text")
        for attribute in node.attributes.values():
            if attribute.type == ir.AttributeType.STRING and isinstance(attribute.value, bytes):
                raise CompileError(
                    f"node '{node.name}' ({node.op_type}): attribute '{attribute.name}' is not text"
                )
    return model


def _drop_initializers_from_inputs(graph: ir.Graph) -> None:
    """An initializer that is also an input is a constant with an override that edgert ignores."""
    kept = [value for value in graph.inputs if value.name not in graph.initializers]
    graph.inputs[:] = kept


def _stamp_versions(graph: ir.Graph) -> None:
    """Writes each node's opset version on the node, so that rules need not know the model."""
    for node in graph.all_nodes():
        node.version = graph.opset_imports.get(node.domain)
