"""Batches of several sizes, OrtValues and bound arrays: a server's way to use onnxruntime."""

import sys

import numpy as np
import onnxruntime as ort

session = ort.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
port = session.get_inputs()[0]
print(port.name, port.shape, session.get_outputs()[0].shape)

for batch in (1, 3, 1):
    x = np.arange(batch * 8, dtype=np.float32).reshape(batch, 8) / 10
    [y] = session.run(None, {port.name: x})
    print(y.shape, f"{y.sum():.4f}")

binding = session.io_binding()
binding.bind_cpu_input(port.name, np.ones((2, 8), np.float32))
binding.bind_output(session.get_outputs()[0].name)
session.run_with_iobinding(binding)
print(f"{binding.copy_outputs_to_cpu()[0].sum():.4f}")

value = ort.OrtValue.ortvalue_from_numpy(np.full((2, 8), 0.5, np.float32))
[result] = session.run_with_ort_values(None, {port.name: value})
print(result.shape(), result.data_type(), f"{result.numpy().sum():.4f}")

try:
    session.run(None, {"no such input": np.ones((2, 8), np.float32)})
except Exception as error:
    print("refused:", "no such input" in str(error) or port.name in str(error))
