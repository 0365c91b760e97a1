"""The models of the zoo with their real data: what each reads, and how it is compiled.

Nothing here is specific to edgert: feeds are what the models' authors feed them.
"""

from __future__ import annotations

import csv
import random
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.models import ZOO

Feed = dict[str, np.ndarray]
Samples = Callable[[str], Iterator[np.ndarray]]  # of "eval" or "calib"


@dataclass(frozen=True)
class ZooModel:
    """A model and the samples of its data input.

    Attributes:
        samples: arrays for the data input, of the shape that the model is compiled for.
        noise: the most that INT8 may add to an output: root mean square relative to the standard
            deviation of the float output; 0 where the labels of the data tell more.
        shapes: of inputs that the model leaves open.
        constants: inputs that are the same at every run.
        state: outputs that are inputs of the next run, by name.
    """

    name: str
    samples: Samples
    noise: float = 0.0
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The .onnx file; skips the test where it is not here."""
        path = ZOO / "models" / f"{self.name}.onnx"
        if not path.exists():
            pytest.skip(f"no {self.name} in {ZOO}; set EDGERT_ZOO")
        return path

    def options(self) -> dict[str, object]:
        """For `edgert.compile`."""
        return {"input_shapes": self.shapes, "constants": self.constants}

    def session(self):
        """The model on onnxruntime."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.path, options, providers=["CPUExecutionProvider"])

    def runs(self, part: str, count: int) -> Iterator[tuple[Feed, Feed]]:
        """The first samples and what onnxruntime makes of them, without constants.

        Beside each sample are the states that onnxruntime has then.
        """
        session = self.session()
        data, *rest = [port for port in session.get_inputs() if port.name not in self.constants]
        names = [port.name for port in session.get_outputs()]
        kept = {
            port.name: np.zeros([dim if isinstance(dim, int) else 1 for dim in port.shape], "f")
            for port in rest
        }
        for sample in islice(self.samples(part), count):
            feed = {data.name: sample, **kept}
            outputs = dict(zip(names, session.run(None, {**feed, **self.constants})))
            kept = {into: outputs[output] for output, into in self.state.items()}
            yield feed, outputs

    def feeds(self, part: str, count: int) -> Iterator[Feed]:
        """The first samples, beside the states of `runs`."""
        if self.state:
            return (feed for feed, _ in self.runs(part, count))
        name = next(p.name for p in self.session().get_inputs() if p.name not in self.constants)
        return ({name: sample} for sample in islice(self.samples(part), count))


def wav(name: str) -> np.ndarray:
    """float32 samples of a 16 kHz file, within [-1, 1]."""
    with wave.open(str(ZOO / "data" / name)) as file:
        data = file.readframes(file.getnframes())
    return np.frombuffer(data, np.int16).astype(np.float32) / 32768


def _images(
    folder: Mapping[str, str],
    size: tuple[int, int],
    mode: str = "RGB",
    mean: tuple[float, ...] = (127.5,),
    std: tuple[float, ...] = (127.5,),
) -> Samples:
    """Images of [height, width] `size` in channels-first batches of one: (x - mean) / std."""

    def samples(part: str) -> Iterator[np.ndarray]:
        for path in sorted((ZOO / "data" / folder[part]).glob("*.jp*g")):
            with Image.open(path) as image:
                pixels = image.convert("YCbCr" if mode == "Y" else "RGB").resize(size[::-1])
            array = np.asarray(pixels, np.float32)
            array = {"RGB": array, "BGR": array[..., ::-1], "Y": array[..., :1]}[mode]
            array = (array - np.float32(mean)) / np.float32(std)
            yield np.ascontiguousarray(array.transpose(2, 0, 1)[None])

    return samples


_COCO = {"eval": "coco/eval/images", "calib": "coco/calib/images"}
_FACES = {"eval": "faces", "calib": "faces"}
_LDC = (103.939, 116.779, 123.68), (1,)
_NANODET = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
_TORCH = {"mean": (123.675, 116.28, 103.53), "std": (58.395, 57.12, 57.375)}


def _crops(folder: Mapping[str, str], pixels: int, **normalization: tuple[float, ...]) -> Samples:
    """The centre of images that are stored at the right scale."""
    from edgert.preprocess import Preprocess

    scaled = {k: tuple(v / 255 for v in values) for k, values in normalization.items()}
    crop = Preprocess(resize="none", size=(pixels, pixels), layout="nchw", **scaled)

    def samples(part: str) -> Iterator[np.ndarray]:
        paths = sorted((ZOO / "data" / folder[part]).rglob("*.[jJ]*[gG]"))
        return (crop.apply(path) for path in paths)

    return samples


_IMAGENET = {"eval": "imagenet_val/eval", "calib": "imagenet_calib/calib"}
_CIFAR = {"eval": "cifar10/eval", "calib": "cifar10/calib"}
_SIGNED = {"mean": (127.5,) * 3, "std": (127.5,) * 3}


def _rows(file: str, batch: int) -> Samples:
    """Rows of a table, `batch` at a time."""

    def samples(part: str) -> Iterator[np.ndarray]:
        with np.load(ZOO / "data" / file) as arrays:
            rows = arrays["calib" if part == "calib" and "calib" in arrays else "x"]
        for start in range(0, len(rows) - batch + 1, batch):
            yield rows[start : start + batch]

    return samples


def labelled_commands(part: str) -> Iterator[tuple[np.ndarray, int]]:
    """One second of speech each, padded with silence, and its class, in random order."""
    folder = ZOO / "data" / "speech_commands"
    with (folder / f"{part}.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    random.Random(0).shuffle(rows)
    for row in rows:
        sound = wav(f"speech_commands/{part}/{row['file']}")[:16000]
        yield np.pad(sound, (0, 16000 - sound.size))[None], int(row["class_index"])


def _commands(part: str) -> Iterator[np.ndarray]:
    return (sound for sound, _ in labelled_commands(part))


def _silero(part: str) -> Iterator[np.ndarray]:
    """32 ms of new sound after 4 ms of what was before."""
    sound = wav("audio/silero_test_16k.wav" if part == "eval" else "audio/noisy_5dB_clean_16k.wav")
    sound = np.concatenate([np.zeros(64, np.float32), sound])
    for start in range(0, sound.size - 575, 512):
        yield sound[start : start + 576][None]


def blocks(part: str) -> Iterator[np.ndarray]:
    """32 ms of sound, 8 ms apart."""
    sound = wav("audio/noisy_5dB_16k.wav")
    sound = sound if part == "eval" else sound[::-1]
    for start in range(0, sound.size - 511, 128):
        yield sound[start : start + 512]


def _spectra(part: str) -> Iterator[np.ndarray]:
    """The magnitudes of each block's spectrum."""
    for block in blocks(part):
        yield np.abs(np.fft.rfft(block)).astype(np.float32)[None, None]


def _denoised(part: str) -> Iterator[np.ndarray]:
    """What the first stage leaves of each block, with its mask applied."""
    first = ZOO_MODELS["dtln_1_noise_suppression"]
    for block, (_, outputs) in zip(blocks(part), first.runs(part, 1 << 30)):
        mask = outputs["activation_2"].reshape(-1)
        yield np.fft.irfft(np.fft.rfft(block) * mask).astype(np.float32)[None, None]


_MODELS = (
    ZooModel("mobilenet_v2_100_imagenet", _crops(_IMAGENET, 224, **_SIGNED)),
    ZooModel("mobilenet_edgetpu_100_imagenet", _crops(_IMAGENET, 224, **_SIGNED)),
    ZooModel("squeezenet1_1_imagenet", _crops(_IMAGENET, 224, **_TORCH)),
    ZooModel("resnet20_cifar10", _crops(_CIFAR, 32, **_TORCH)),
    ZooModel("espcn_x3_superres", _images(_COCO, (224, 224), "Y", (0,), (255,)), noise=0.1),
    ZooModel("deeplabv3_mnv2_257_voc", _images(_COCO, (257, 257)), noise=0.1),
    ZooModel("ldc_edge_360x640", _images(_COCO, (360, 640), "BGR", *_LDC), noise=0.15),
    ZooModel("nanodet_m_416_coco", _images(_COCO, (416, 416), "BGR", *_NANODET), noise=0.3),
    ZooModel("yunet_n_320_face", _images(_FACES, (320, 320), "BGR", (0,), (1,)), noise=0.2),
    ZooModel("kwt1_speech_commands", _commands),
    ZooModel("magika_v3_3_static", _rows("magika/basic_features.npz", 1)),
    ZooModel("magika_v3_3", _rows("magika/basic_features.npz", 1), noise=0.2),
    ZooModel("wine_white_mlp", _rows("tabular/wine_white_mlp.npz", 25), shapes={"input": (25, 11)}),
    ZooModel("wine_white_rf", _rows("tabular/wine_white_rf.npz", 25), shapes={"input": (25, 11)}),
    ZooModel("dtln_1_noise_suppression", _spectra, state={"tf_op_layer_stack_2": "input_3"}),
    ZooModel("dtln_2_noise_suppression", _denoised, state={"tf_op_layer_stack_5": "input_5"}),
    ZooModel("silero_vad_16k_static", _silero, state={"stateN": "state"}),
    ZooModel(
        "silero_vad_16k",
        _silero,
        shapes={"input": (1, 576), "state": (2, 1, 128)},
        constants={"sr": np.array(16000)},
        state={"stateN": "state"},
    ),
)
ZOO_MODELS = {model.name: model for model in _MODELS}
