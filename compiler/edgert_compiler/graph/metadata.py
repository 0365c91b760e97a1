"""What a model carries along in its `metadata_props`, which copies of it keep."""

from __future__ import annotations

import json

import onnx_ir as ir

NOTES = "edgert.notes"
LABELS = "edgert.labels"
SOURCE_DIGEST = "edgert.source_sha256"
SOURCE_OPSET = "edgert.source_opset"


def notes(model: ir.Model) -> list[str]:
    """What the importer assumed, one sentence each, for the compilation report."""
    return model.metadata_props.get(NOTES, "").splitlines()


def class_labels(model: ir.Model) -> tuple[str, ...]:
    """The names of the classes, where an output of the model was one of them."""
    return tuple(json.loads(model.metadata_props.get(LABELS, "[]")))


def source_digest(model: ir.Model) -> str:
    """SHA-256 of what the model was read from: the file (without external data), bytes or proto."""
    return model.metadata_props.get(SOURCE_DIGEST, "")


def source_properties(model: ir.Model) -> dict[str, str]:
    """The model's own metadata: class names, strides and the like, as exporters write them."""
    return {k: v for k, v in model.metadata_props.items() if not k.startswith("edgert.")}


def add_note(model: ir.Model, note: str) -> None:
    """One more sentence for `notes`, in place."""
    model.metadata_props[NOTES] = "\n".join([*notes(model), note])
