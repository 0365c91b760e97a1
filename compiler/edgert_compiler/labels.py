"""Class names, checked against what the model says of classes."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.nodes import shape_of


def check_labels(labels: Sequence[str], graph: ir.Graph) -> None:
    """Raises CompileError where a classifier has another number of classes than there are labels.

    A classifier is a model whose float outputs all are one row of scores for each item of the
    batch. Of others, as of detectors, the shapes do not tell how many classes there are.
    """
    scores = [v for v in graph.outputs if v.dtype is not None and v.dtype.is_floating_point()]
    classes = [_classes(shape_of(value)) for value in scores]
    if not classes or min(classes) < 1 or len(labels) in classes:
        return
    found = " and ".join(
        f"output '{value.name}' {list(shape_of(value))} has {count} classes"
        for value, count in zip(scores, classes)
    )
    raise CompileError(
        f"there are {len(labels)} labels, but {found}: give a label for each, in order (a class "
        "for the background counts)"
    )


def _classes(shape: Sequence[int]) -> int:
    """The number of scores in a row; 0 where the shape is not that of rows of scores."""
    if len(shape) == 1:
        return shape[0]
    large = [size for size in shape[1:] if size != 1]
    return large[0] if len(large) == 1 else 0
