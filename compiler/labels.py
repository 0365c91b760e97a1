"""Class names, checked against what the model says of classes."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.compiler.nodes import shape_of
from edgert.errors import CompileError


def check_labels(labels: Sequence[str], graph: ir.Graph) -> None:
    """Raises CompileError where a classifier has another number of classes than there are labels.

    A classifier is a model whose only float output is one row of scores for each item of the batch.
    Of others, as of detectors, the shapes do not tell how many classes there are.
    """
    scores = [v for v in graph.outputs if v.dtype is not None and v.dtype.is_floating_point()]
    if len(scores) != 1:
        return
    classes = _classes(shape_of(scores[0]))
    if classes > 1 and classes != len(labels):
        raise CompileError(
            f"there are {len(labels)} labels, but output '{scores[0].name}' "
            f"{list(shape_of(scores[0]))} has {classes} classes: give a label for each, in order "
            "(a class for the background counts)"
        )


def _classes(shape: Sequence[int]) -> int:
    """The number of scores in a row; 0 where the shape is not that of rows of scores."""
    if len(shape) == 1:
        return shape[0]
    large = [size for size in shape[1:] if size != 1]
    return large[0] if len(large) == 1 else 0
