"""scikit-learn's digits as float images, split into a training and a test part."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training images, training labels, test images, test labels.

    Images are float32 [N, 1, 8, 8] from 0 to 1; labels int64 [N]. A third is for testing.
    """
    digits = load_digits()
    images = (digits.images[:, None] / 16.0).astype(np.float32)
    split = train_test_split(
        images,
        digits.target.astype(np.int64),
        test_size=1 / 3,
        random_state=0,
        stratify=digits.target,
    )
    train_x, test_x, train_y, test_y = split
    return train_x, train_y, test_x, test_y
