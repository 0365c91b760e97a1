"""LiteRT (XNNPACK) on the INT8 file that edgert writes for it: LiteRT itself reads no ONNX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

NAME = "litert"
PACKAGE = "ai_edge_litert"


def prepare(model, folder: Path) -> Path:
    """Converts with the calibration data that the other engines get."""
    import edgert

    out = folder / f"{model.name}.tflite"
    calibration = model.calibration()
    edgert.compile(
        str(model.path), target="tflite", precision="int8", calibration=calibration, output=out
    )
    return out


def load(path: Path, threads: int) -> Callable[[dict[str, np.ndarray]], list[np.ndarray]]:
    """An interpreter with `threads` threads.

    An image is moved to NHWC when it is seen first, as LiteRT's users have it so from the start.
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=threads)
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    moved: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def arranged(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        if array.shape == shape:
            return array
        if id(array) not in moved:
            moved[id(array)] = array, np.ascontiguousarray(array.transpose(0, 2, 3, 1))
        return moved[id(array)][1]

    def run(feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        for detail in inputs:
            array = arranged(feed[detail["name"]], tuple(detail["shape"]))
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        return [interpreter.get_tensor(detail["index"]) for detail in outputs]

    return run
