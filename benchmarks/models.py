"""The models that benchmarks run: the project's own, and image classifiers of the zoo.

The zoo is a folder with `models/` and `data/`; the environment variable EDGERT_ZOO names it, and
`../shared/zoo` beside the checkout is the default.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgert.preprocess import Preprocess

ROOT = Path(__file__).resolve().parents[1]
ZOO = Path(os.environ.get("EDGERT_ZOO", ROOT.parent / "shared" / "zoo"))

_SIGNED = {"mean": (0.5,), "std": (0.5,)}
_TORCH = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def _crop(pixels: int, **normalization: tuple[float, ...]) -> Preprocess:
    """The centre of an image that is stored at the right scale."""
    return Preprocess(resize="none", size=(pixels, pixels), layout="nchw", **normalization)


@dataclass(frozen=True)
class Model:
    """A float ONNX model with one input, and data to calibrate it on.

    `calibration` starts a new pass over {input name: array} samples of batch 1.
    """

    name: str
    path: Path
    calibration: Callable[[], Iterator[dict[str, np.ndarray]]]

    def feed(self) -> dict[str, np.ndarray]:
        """One sample to run on."""
        return next(iter(self.calibration()))


@dataclass(frozen=True)
class ZooImages:
    """An image classifier of the zoo and the folder of its calibration images."""

    file: str
    preprocess: Preprocess
    folder: str
    samples: int = 100


_ZOO_MODELS = {
    "mobilenet_v2_100": ZooImages(
        "mobilenet_v2_100_imagenet.onnx", _crop(224, **_SIGNED), "imagenet_calib"
    ),
    "mobilenet_edgetpu_100": ZooImages(
        "mobilenet_edgetpu_100_imagenet.onnx", _crop(224, **_SIGNED), "imagenet_calib"
    ),
    "squeezenet1_1": ZooImages(
        "squeezenet1_1_imagenet.onnx", _crop(224, **_TORCH), "imagenet_calib"
    ),
    "resnet20_cifar10": ZooImages("resnet20_cifar10.onnx", _crop(32, **_TORCH), "cifar10"),
}


def available() -> dict[str, Model]:
    """Every model whose files are here, by name."""
    models = {"digits": _digits()}
    for name, zoo in _ZOO_MODELS.items():
        path = ZOO / "models" / zoo.file
        if path.exists():
            models[name] = Model(name, path, lambda zoo=zoo: _images(zoo))
    return models


def zoo_images() -> dict[str, ZooImages]:
    """The image classifiers of the zoo whose files are here, by name."""
    return {n: z for n, z in _ZOO_MODELS.items() if (ZOO / "models" / z.file).exists()}


def _digits() -> Model:
    folder = ROOT / "examples" / "digits"

    def samples() -> Iterator[dict[str, np.ndarray]]:
        sys.path.insert(0, str(folder))
        try:
            from digits_data import load
        finally:
            sys.path.remove(str(folder))
        return ({"image": image[None]} for image in load()[0][:200])

    return Model("digits", folder / "digits.onnx", samples)


def _images(zoo: ZooImages) -> Iterator[dict[str, np.ndarray]]:
    paths = sorted((ZOO / "data" / zoo.folder / "calib").rglob("*.jp*g"))[: zoo.samples]
    for path in paths:
        yield {"input": zoo.preprocess.apply(path)}
