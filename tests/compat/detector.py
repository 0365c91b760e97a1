"""A small object detector as a .tflite file, with the tail that TensorFlow's detectors have."""

from __future__ import annotations

import numpy as np
from flatbuffers import flexbuffers

from edgert_compiler.emit.flatbuffer import write_flatbuffer
from edgert_compiler.importer.tflite.schema import member, schema

SIZE, CELLS, CLASSES, DETECTIONS = 32, 8, 3, 10


class File:
    """Tensors, buffers and operators in order of appearance."""

    def __init__(self) -> None:
        self.buffers: list[dict] = [{}]
        self.tensors: list[dict] = []
        self.codes: list[dict] = []
        self.operators: list[dict] = []

    def tensor(self, name: str, shape: tuple[int, ...], data: np.ndarray | None = None) -> int:
        buffer = 0
        if data is not None:
            self.buffers.append({"data": data.tobytes()})
            buffer = len(self.buffers) - 1
        kind = "INT32" if data is not None and data.dtype == np.int32 else "FLOAT32"
        self.tensors.append(
            {"name": name, "shape": shape, "type": member("TensorType", kind), "buffer": buffer}
        )
        return len(self.tensors) - 1

    def constant(self, name: str, data: np.ndarray) -> int:
        return self.tensor(name, data.shape, data)

    def operator(
        self, kind: str, inputs: list[int], outputs: list[int], options=None, custom: bytes = b""
    ) -> None:
        known = kind in schema().enums["BuiltinOperator"]
        code = member("BuiltinOperator", kind if known else "CUSTOM")
        self.codes.append(
            {
                "deprecated_builtin_code": min(code, 127),
                "builtin_code": code,
                "version": 1,
                "custom_code": None if known else kind,
            }
        )
        self.operators.append(
            {
                "opcode_index": len(self.codes) - 1,
                "inputs": inputs,
                "outputs": outputs,
                "builtin_options": options,
                "custom_options": custom or None,
            }
        )

    def save(self, inputs: list[int], outputs: list[int]) -> bytes:
        subgraph = {
            "tensors": self.tensors,
            "inputs": inputs,
            "outputs": outputs,
            "operators": self.operators,
            "name": "main",
        }
        return write_flatbuffer(
            schema(),
            {
                "version": 3,
                "operator_codes": self.codes,
                "subgraphs": [subgraph],
                "description": "detector",
                "buffers": self.buffers,
            },
        )


def detector(**changes: object) -> bytes:
    """Image float32 [1, 32, 32, 3] to boxes, classes, scores and their number.

    changes: to the options of TFLite_Detection_PostProcess.
    """
    rng = np.random.default_rng(4)
    file = File()
    image = file.tensor("image", (1, SIZE, SIZE, 3))
    encodings = _head(file, image, rng, "encodings", 4)
    logits = _head(file, image, rng, "logits", CLASSES + 1)
    scores = file.tensor("scores", (1, CELLS**2, CLASSES + 1))
    file.operator("LOGISTIC", [logits], [scores])
    centers = (np.arange(CELLS, dtype=np.float32) + 0.5) / CELLS
    grid = np.stack(np.meshgrid(centers, centers, indexing="ij"), -1).reshape(-1, 2)
    sizes = np.full_like(grid, 0.3)
    anchors = file.constant("anchors", np.concatenate([grid, sizes], 1))
    options = {
        "max_detections": DETECTIONS,
        "max_classes_per_detection": 1,
        "num_classes": CLASSES,
        "nms_iou_threshold": 0.5,
        "nms_score_threshold": 0.6,
        "y_scale": 10.0,
        "x_scale": 10.0,
        "h_scale": 5.0,
        "w_scale": 5.0,
        "use_regular_nms": False,
        **changes,
    }
    outputs = [
        file.tensor("boxes", (1, DETECTIONS, 4)),
        file.tensor("classes", (1, DETECTIONS)),
        file.tensor("kept scores", (1, DETECTIONS)),
        file.tensor("number", (1,)),
    ]
    file.operator(
        "TFLite_Detection_PostProcess",
        [encodings, scores, anchors],
        outputs,
        custom=bytes(flexbuffers.Dumps(options)),
    )
    return file.save([image], outputs)


def _head(file: File, image: int, rng: np.random.Generator, name: str, channels: int) -> int:
    """A convolution over cells of the image, one row of numbers per cell."""
    kernel = SIZE // CELLS
    weights = rng.normal(size=(channels, kernel, kernel, 3)).astype(np.float32) / 3
    maps = file.tensor(f"{name} maps", (1, CELLS, CELLS, channels))
    stride = {"padding": member("Padding", "VALID"), "stride_w": kernel, "stride_h": kernel}
    operands = [image, file.constant(f"{name} w", weights)]
    operands.append(file.constant(f"{name} b", np.zeros(channels, np.float32)))
    file.operator("CONV_2D", operands, [maps], ("Conv2DOptions", stride))
    rows = np.array([1, CELLS**2, channels], np.int32)
    result = file.tensor(name, tuple(rows.tolist()))
    shape = {"new_shape": rows.tolist()}
    file.operator(
        "RESHAPE", [maps, file.constant(f"{name} s", rows)], [result], ("ReshapeOptions", shape)
    )
    return result
