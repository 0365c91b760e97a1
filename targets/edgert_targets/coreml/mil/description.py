"""What a package says about its model, from what the compiler knows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.backend import Work
from edgert_compiler.graph.metadata import source_properties
from edgert_compiler.graph.nodes import shape_of
from edgert_targets.coreml.mil.images import ImageInput
from edgert_targets.coreml.mil.naming import Names
from edgert_targets.coreml.mil.package import Description


def describe(
    work: Work, graph: ir.Graph, names: Names, images: Mapping[str, ImageInput]
) -> Description:
    """The description of a program built from `graph` with these names and image inputs.

    Author, version, license and summary are the model's own metadata, where it has them; the
    user-defined metadata is what a bundle would carry. Raises CompileError where no output has one
    number for each label.
    """
    own = source_properties(work.model)
    metadata = {f"edgert.{key}": value for key, value in work.metadata.items()}
    if work.preprocess is not None:
        metadata["edgert.preprocess"] = work.preprocess.to_json()
    renamed = renamings(graph, names)
    if renamed:
        metadata["edgert.names"] = json.dumps(renamed, sort_keys=True)
    by_name = {value.name or "": names.of(value) for value in graph.inputs}
    return Description(
        images={by_name[name]: image for name, image in images.items()},
        labels=tuple(work.labels),
        probabilities=names.of(scores(graph, len(work.labels))) if work.labels else "",
        author=own.get("author", work.model.producer_name or ""),
        version=own.get("version", str(work.model.model_version or "")),
        license=own.get("license", ""),
        summary=own.get("description", work.model.doc_string or work.model.graph.name or ""),
        metadata=metadata,
    )


def renamings(graph: ir.Graph, names: Names) -> dict[str, str]:
    """The names of inputs and outputs that Core ML cannot have, and what they became."""
    values = (*graph.inputs, *graph.outputs)
    return {v.name: names.of(v) for v in values if v.name and names.of(v) != v.name}


def scores(graph: ir.Graph, labels: int) -> ir.Value:
    """The only output with one float for each label."""
    found = [
        value
        for value in graph.outputs
        if value.dtype == ir.DataType.FLOAT and shape_of(value)[-1:] == (labels,)
        if all(dim == 1 for dim in shape_of(value)[:-1])
    ]
    if len(found) != 1:
        raise CompileError(
            f"a Core ML classifier needs one output with a number for each label; of {labels} "
            f"labels, {len(found)} outputs have that (outputs: {_listed(graph.outputs)}); leave "
            "the labels out or give as many as the output has numbers"
        )
    return found[0]


def _listed(values: Sequence[ir.Value]) -> str:
    return ", ".join(f"'{value.name}' {list(shape_of(value))}" for value in values)
