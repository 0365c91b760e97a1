"""Labels against what the shapes of outputs tell of classes."""

from __future__ import annotations

import onnx
import pytest

import edgert


def outputs(*shapes: str) -> onnx.ModelProto:
    """A model with float outputs of these shapes."""
    ports = ", ".join(f"float[{shape}] y{i}" for i, shape in enumerate(shapes))
    inputs = ", ".join(f"float[{shape}] x{i}" for i, shape in enumerate(shapes))
    nodes = " ".join(f"y{i} = Relu (x{i})" for i in range(len(shapes)))
    return onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 17]> net ({inputs}) => ({ports}) {{ {nodes} }}'
    )


CLASSIFIERS = [("1, 10",), ("10",), ("8, 10",), ("1, 10, 1, 1",), ("1, 1, 10",), ("1, 10", "1, 64")]


@pytest.mark.parametrize("shapes", CLASSIFIERS)
@pytest.mark.parametrize("target", ["host", "tflite", "onnx"])
def test_as_many_labels_as_classes(shapes, target):
    model = outputs(*shapes)
    edgert.compile(model, target=target, precision="fp32", labels=["a"] * 10)
    for count in (1, 9, 11, 1000):
        with pytest.raises(edgert.CompileError, match=f"{count} labels.*'y0'.* has 10 classes"):
            edgert.compile(model, target=target, precision="fp32", labels=["a"] * count)


@pytest.mark.parametrize(
    "shapes",
    [
        ("1, 84, 8400",),  # boxes and scores
        ("1, 21, 33, 33",),  # segmentation
        ("1, 10, 4", "1, 10", "1, 10", "1"),  # boxes, classes, scores, count
        ("1, 1",),
    ],
)
def test_other_outputs_do_not_tell(shapes):
    bundle = edgert.compile(outputs(*shapes), precision="fp32", labels=["a", "b", "c"]).bundle
    assert edgert.InferenceSession(bundle).labels == ["a", "b", "c"]


@pytest.mark.parametrize("labels", ["labels.txt", b"a", [1, 2], [None]])
def test_labels_are_texts(labels):
    with pytest.raises(edgert.InputError, match="sequence of texts"):
        edgert.compile(outputs("1, 2"), labels=labels)
