"""Handwritten digits as float images, split into a training and a test part.

`digits.npz` has the 1,797 images of the test set of "Optical Recognition of Handwritten Digits"
(E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0), as scikit-learn distributes
it: grey levels from 0 to 16, uint8 [N, 8, 8], and labels, uint8 [N]. The last third is for testing;
it is a stratified random choice, so that both parts have each digit equally often.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training images, training labels, test images, test labels.

    Images are float32 [N, 1, 8, 8] from 0 to 1; labels int64 [N].
    """
    with np.load(Path(__file__).with_name("digits.npz")) as data:
        images = data["images"][:, None] / np.float32(16)
        labels = data["labels"].astype(np.int64)
    first = len(images) * 2 // 3
    return images[:first], labels[:first], images[first:], labels[first:]
