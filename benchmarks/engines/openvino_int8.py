"""OpenVINO on the QDQ model that onnxruntime's tool makes; throughput hints off, latency on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.engines import onnxruntime_int8

NAME = "openvino"
PACKAGE = "openvino"


def prepare(model, folder: Path) -> Path:
    """The same file as onnxruntime's."""
    return onnxruntime_int8.prepare(model, folder)


def load(path: Path, threads: int) -> Callable[[dict[str, np.ndarray]], list[np.ndarray]]:
    """A compiled model with `threads` threads and one stream."""
    import openvino

    compiled = openvino.Core().compile_model(
        str(path),
        "CPU",
        {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"},
    )
    request = compiled.create_infer_request()

    def run(feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        result = request.infer(feed, share_inputs=True)
        return [result[output] for output in compiled.outputs]

    return run
