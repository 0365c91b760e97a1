"""Detects objects in a picture, as camera scripts on a Raspberry Pi do."""

import sys

import numpy as np
import tflite_runtime.interpreter as tflite
from PIL import Image

model, picture, labels = sys.argv[1], sys.argv[2], ["cat", "dog", "bird"]

interpreter = tflite.Interpreter(model_path=model, num_threads=2)
interpreter.allocate_tensors()
input_details = interpreter.get_input_details()
output_details = interpreter.get_output_details()
height, width = input_details[0]["shape"][1], input_details[0]["shape"][2]
floating_model = input_details[0]["dtype"] == np.float32

image = Image.open(picture).convert("RGB").resize((width, height), Image.NEAREST)
input_data = np.expand_dims(np.asarray(image), axis=0)
if floating_model:
    input_data = (np.float32(input_data) - 127.5) / 127.5
else:
    scale, zero_point = input_details[0]["quantization"]
    quanta = (np.float32(input_data) - 127.5) / 127.5 / scale + zero_point
    input_data = np.clip(np.rint(quanta), -128, 127).astype(input_details[0]["dtype"])

interpreter.set_tensor(input_details[0]["index"], input_data)
interpreter.invoke()

boxes = interpreter.get_tensor(output_details[0]["index"])
classes = interpreter.get_tensor(output_details[1]["index"])
scores = interpreter.get_tensor(output_details[2]["index"])
number = int(interpreter.get_tensor(output_details[3]["index"])[0])
for i in range(number):
    top, left, bottom, right = boxes[0][i]
    print(
        f"{labels[int(classes[0][i])]} {scores[0][i]:.3f}"
        f" {left * width:.2f} {top * height:.2f} {right * width:.2f} {bottom * height:.2f}"
    )
