"""What is counted: two networks that are made here, and files.

Weights and calibration data are noise: instructions depend on shapes. The two networks are those of
the image tasks of MLPerf Tiny (https://arxiv.org/abs/2106.07597): MobileNetV1 0.25 for 96 x 96
images, and ResNet-8 for 32 x 32 ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.models import ZOO, Model

CALIBRATION_SAMPLES = 4
# Those of the zoo that take minutes, not hours.
_ZOO = (
    "mobilenet_v2_100_imagenet",
    "mobilenet_edgetpu_100_imagenet",
    "squeezenet1_1_imagenet",
    "resnet20_cifar10",
    "yunet_n_320_face",
    "nanodet_m_416_coco",
    "kwt1_speech_commands",
    "dtln_1_noise_suppression",
    "dtln_2_noise_suppression",
)


class _Builder:
    """Convolutions with random weights, one behind the other."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def weights(self, *shape: int) -> str:
        values = self.rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]))
        self.initializers.append(
            numpy_helper.from_array(values.astype(np.float32), f"w{len(self.initializers)}")
        )
        return self.initializers[-1].name

    def node(self, op: str, *inputs: str, **attributes: object) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x: str, cin: int, cout: int, kernel: int, stride: int = 1, group: int = 1):
        weights = self.weights(cout, cin // group, kernel, kernel), self.weights(cout)
        # As TensorFlow pads: an even size with stride 2 has its padding at the end.
        before = (kernel - 1) // 2 if stride == 1 else 0
        pads = [before, before, kernel - stride - before, kernel - stride - before]
        pads = [max(pad, 0) for pad in pads]
        return self.node("Conv", x, *weights, strides=[stride] * 2, pads=pads, group=group)

    def classify(self, x: str, channels: int, classes: int) -> str:
        x = self.node("Flatten", self.node("GlobalAveragePool", x))
        logits = self.node("Gemm", x, self.weights(channels, classes), self.weights(classes))
        return self.node("Softmax", logits)

    def model(self, name: str, pixels: int, output: str) -> onnx.ModelProto:
        shape = [1, 3, pixels, pixels]
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
        y = helper.make_empty_tensor_value_info(output)
        graph = helper.make_graph(self.nodes, name, [x], [y], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        return onnx.shape_inference.infer_shapes(model, strict_mode=True)


def mobilenet_v1() -> onnx.ModelProto:
    """MobileNetV1 of a quarter of the width, for images of 96 x 96: 7.5 M products."""
    b = _Builder()
    x = b.node("Relu", b.conv("x", 3, 8, 3, stride=2))
    cin = 8
    for cout, stride in zip(
        (16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256),
        (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1),
    ):
        x = b.node("Relu", b.conv(x, cin, cin, 3, stride, group=cin))
        x = b.node("Relu", b.conv(x, cin, cout, 1))
        cin = cout
    return b.model("mobilenet_v1", 96, b.classify(x, cin, 2))


def resnet8() -> onnx.ModelProto:
    """ResNet-8 for images of 32 x 32: 12.5 M products."""
    b = _Builder()
    x = b.node("Relu", b.conv("x", 3, 16, 3))
    cin = 16
    for cout, stride in ((16, 1), (32, 2), (64, 2)):
        y = b.conv(b.node("Relu", b.conv(x, cin, cout, 3, stride)), cout, cout, 3)
        skip = x if stride == 1 else b.conv(x, cin, cout, 1, stride)
        x = b.node("Relu", b.node("Add", y, skip))
        cin = cout
    return b.model("resnet8", 32, b.classify(x, cin, 10))


OWN: dict[str, Callable[[], onnx.ModelProto]] = {"mobilenet_v1": mobilenet_v1, "resnet8": resnet8}


def own(name: str, folder: Path) -> Model:
    """One of the networks of this file, written to `folder`."""
    path = folder / f"{name}.onnx"
    onnx.save(OWN[name](), path)
    return read(path)


def find(name: str, folder: Path) -> Model:
    """By the name of a network of this file, the name of a file of the zoo, or a path.

    Raises SystemExit where there is none.
    """
    if name in OWN:
        return own(name, folder)
    path = Path(name) if name.endswith(".onnx") else ZOO / "models" / f"{name}.onnx"
    if not path.exists():
        raise SystemExit(f"{path} is not there; EDGERT_ZOO names the folder of the zoo")
    return read(path)


def read(path: Path) -> Model:
    """A file with noise to calibrate it on; open dimensions are 1."""
    graph = onnx.load(path, load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    shapes = {
        port.name: [dim.dim_value or 1 for dim in port.type.tensor_type.shape.dim]
        for port in graph.input
        if port.name not in constants
    }

    def calibration() -> Iterator[dict[str, np.ndarray]]:
        rng = np.random.default_rng(7)
        for _ in range(CALIBRATION_SAMPLES):
            yield {n: rng.normal(size=shape).astype(np.float32) for n, shape in shapes.items()}

    return Model(path.stem, path, calibration)


def zoo() -> list[str]:
    """The networks of the zoo that are counted by default, as far as their files are here."""
    return [name for name in _ZOO if (ZOO / "models" / f"{name}.onnx").exists()]
