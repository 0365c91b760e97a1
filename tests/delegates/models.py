"""Models for delegation."""

from __future__ import annotations

import numpy as np
import onnx.parser
from onnx import TensorProto, helper, numpy_helper

import edgert
from edgert.bundle import BundleReader


def convolutions(middle: str = "Relu") -> onnx.ModelProto:
    """Two convolutions of 9.4 M multiply-accumulates with an operator between: [1, 32, 32, 32]."""
    rng = np.random.default_rng(3)
    weights = [
        numpy_helper.from_array(
            (rng.standard_normal((32, 32, 3, 3)) / 17).astype(np.float32), f"w{i}"
        )
        for i in range(2)
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], "first", pads=[1, 1, 1, 1]),
        helper.make_node(middle, ["a"], ["b"], "middle"),
        helper.make_node("Conv", ["b", "w1"], ["c"], "second", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["y"], "last"),
    ]
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 32, 32, 32]) for name in "xy"
    ]
    graph = helper.make_graph(nodes, "convolutions", ports[:1], ports[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def one_node(op: str) -> onnx.ModelProto:
    """y = op(x), four numbers."""
    return onnx.parser.parse_model(
        f'<ir_version: 9, opset_import: ["" : 17]> f (float[4] x) => (float[4] y) {{y = {op} (x)}}'
    )


def images(count: int = 4) -> list[dict[str, np.ndarray]]:
    """Inputs of these models."""
    shape = (count, 1, 32, 32, 32)
    return [{"x": x} for x in np.random.default_rng(5).standard_normal(shape).astype(np.float32)]


def compiled(folder, target="tflite", middle="Relu", int8=False):
    """The path of a bundle of `convolutions(middle)` with partitions for the target's provider."""
    path = folder / "m.edgert"
    edgert.compile(
        convolutions(middle),
        output=path,
        target=target,
        calibration=images() if int8 else None,
        precision="int8" if int8 else "fp32",
        observer="min_max",
    )
    return path


def payload(data):
    """Where the first payload of a bundle lies in the file, and its segment."""
    root = BundleReader(data).root
    segment = next(segment for segment in root.segments if segment.payload_size)
    return root.constants_offset + segment.payload_offset, segment


def with_payload(data, new):
    """A bundle with `new`, no larger, in place of its first payload; its checksum is wrong."""
    start, segment = payload(data)
    assert len(new) <= segment.payload_size
    changed = bytearray(data)
    changed[start : start + len(new)] = new
    position = segment.position_of("payload_size")
    changed[position : position + 8] = len(new).to_bytes(8, "little")
    return bytes(changed)
