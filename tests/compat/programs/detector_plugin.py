"""A detector plug-in of a video recorder: keeps twenty rows of class, score and box a frame."""

import logging
import sys

import numpy as np

try:
    from tflite_runtime.interpreter import Interpreter, load_delegate
except ModuleNotFoundError:
    from tensorflow.lite.python.interpreter import Interpreter, load_delegate

logger = logging.getLogger(__name__)


class CpuTfl:
    """As the recorder calls it."""

    type_key = "cpu"

    def __init__(self, path, num_threads=3):
        self.interpreter = Interpreter(model_path=path, num_threads=num_threads)
        self.interpreter.allocate_tensors()
        self.tensor_input_details = self.interpreter.get_input_details()
        self.tensor_output_details = self.interpreter.get_output_details()

    def detect_raw(self, tensor_input):
        """[20, 6] of class, score, top, left, bottom, right."""
        self.interpreter.set_tensor(self.tensor_input_details[0]["index"], tensor_input)
        self.interpreter.invoke()
        boxes = self.interpreter.tensor(self.tensor_output_details[0]["index"])()[0]
        class_ids = self.interpreter.tensor(self.tensor_output_details[1]["index"])()[0]
        scores = self.interpreter.tensor(self.tensor_output_details[2]["index"])()[0]
        count = int(self.interpreter.tensor(self.tensor_output_details[3]["index"])()[0])
        detections = np.zeros((20, 6), np.float32)
        for i in range(count):
            if scores[i] < 0.4 or i == 20:
                break
            detections[i] = [class_ids[i], float(scores[i]), *boxes[i]]
        return detections


try:
    load_delegate("libedgetpu.so.1.0", {"device": "usb"})
except (OSError, ValueError):
    print("no accelerator")
detector = CpuTfl(sys.argv[1])
shape = detector.tensor_input_details[0]["shape"]
for seed in range(3):
    frame = np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)
    print(np.array2string(detector.detect_raw(frame), precision=3, suppress_small=True))
