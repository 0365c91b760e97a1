"""Classifies an image: how most programs use onnxruntime."""

import sys

import numpy as np
import onnxruntime as ort

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
providers = [p for p in ("CPUExecutionProvider",) if p in ort.get_available_providers()]
session = ort.InferenceSession(sys.argv[1], sess_options=options, providers=providers)

port = session.get_inputs()[0]
_, channels, height, width = port.shape
assert port.type == "tensor(float)"
image = np.linspace(-1, 1, channels * height * width, dtype=np.float32)
image = image.reshape(1, channels, height, width)

names = [o.name for o in session.get_outputs()]
scores = session.run(names, {port.name: image})[0]
meta = session.get_modelmeta().custom_metadata_map
print(session.get_providers(), meta.get("names"))
print(int(scores.argmax()), *(f"{s:.4f}" for s in scores.ravel()))
