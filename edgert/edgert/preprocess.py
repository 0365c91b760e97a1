"""Declared preprocessing: from an image to a model's input, the same way everywhere.

One `Preprocess` is used for calibration, stored in the bundle, and used again by the command line
and the API, so that what the model was calibrated with is what it runs with. Needs numpy, and
Pillow for anything but `to_json`; both are imported when first used.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from edgert._text import reason
from edgert.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    ImageLike = Union[str, "os.PathLike[str]", Image, "np.ndarray"]

RESIZE = ("short_side", "exact", "letterbox", "none")
CHANNELS = {"rgb": 3, "bgr": 3, "gray": 1}
LAYOUTS = ("nchw", "nhwc")
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos", "box")

PRESETS: dict[str, dict[str, Any]] = {
    "imagenet": {"short_side": 256, "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
    "signed": {"mean": (0.5,), "std": (0.5,)},  # pixels in [-1, 1]
    "unit": {},  # pixels in [0, 1]
    "raw": {"scale": 1.0},  # pixels in [0, 255]
}


@dataclass(frozen=True)
class Preprocess:
    """How an image becomes a model input: ``(pixel * scale - mean) / std``.

    resize: "short_side" scales until the short side is `short_side` pixels (absent: until the crop
        just fits), then crops the centre; "exact" stretches to the input's size; "letterbox" fits
        the whole image in and fills the rest with `pad_value`; "none" only crops the centre.
    short_side: pixels.
    size: (height, width) of the result; `for_shape` fills it in from the model.
    channels: "rgb", "bgr" or "gray"; `mean` and `std` are in this order.
    scale, mean, std: `mean` and `std` have one number, or one per channel.
    layout: "nchw" or "nhwc"; `for_shape` fills it in from the model where absent.
    interpolation: "nearest", "bilinear", "bicubic", "lanczos" or "box" (with antialiasing).
    pad_value: a pixel value, 0 to 255.

    Raises InputError where a field makes no sense.
    """

    resize: str = "short_side"
    short_side: int | None = None
    size: tuple[int, int] | None = None
    channels: str = "rgb"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    layout: str | None = None
    interpolation: str = "bilinear"
    pad_value: int = 114

    def __post_init__(self) -> None:
        _check_choice("resize", self.resize, RESIZE)
        _check_choice("channels", self.channels, CHANNELS)
        _check_choice("interpolation", self.interpolation, INTERPOLATIONS)
        if self.layout is not None:
            _check_choice("layout", self.layout, LAYOUTS)
        for field in ("mean", "std"):
            if len(getattr(self, field)) not in (1, CHANNELS[self.channels]):
                raise InputError(
                    f"Preprocessing: {field} has {len(getattr(self, field))} numbers for "
                    f"{CHANNELS[self.channels]} channel(s); give one, or one per channel."
                )
        if 0.0 in self.std:
            raise InputError("Preprocessing: std contains 0; every number must differ from 0.")

    @classmethod
    def parse(cls, spec: Preprocess | Mapping[str, Any] | str | os.PathLike[str]) -> Preprocess:
        """From a mapping of fields, a .json or .yaml file, or a compact string.

        The compact string is an optional preset ("imagenet", "signed", "unit", "raw") followed by
        ``field=value`` pairs, all separated by blanks: ``"imagenet resize=none"``,
        ``"resize=exact channels=bgr scale=1 mean=103.5,116.3,123.7"``.
        Raises InputError where it cannot be read.
        """
        if isinstance(spec, Preprocess):
            return spec
        if isinstance(spec, Mapping):
            return cls(**_typed(spec))
        text = os.fspath(spec)
        if text.lower().endswith((".json", ".yaml", ".yml")):
            return cls(**_typed(_read_file(text)))
        return cls(**_typed(_read_compact(text)))

    @classmethod
    def from_json(cls, text: str) -> Preprocess:
        """The inverse of `to_json`."""
        return cls(**_typed(json.loads(text)))

    def to_json(self) -> str:
        """Fields that differ from their defaults, as stored in a bundle."""
        defaults = Preprocess()
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        changed = {k: v for k, v in fields.items() if v != getattr(defaults, k)}
        return json.dumps(changed, sort_keys=True)

    def for_shape(self, shape: Sequence[int]) -> Preprocess:
        """The same, with layout and size as a model input of this ONNX shape wants them.

        Raises InputError where the shape is no image [N, C, H, W] or [N, H, W, C], or contradicts
        a layout, size or channel count that was declared.
        """
        count = CHANNELS[self.channels]
        if len(shape) == 4 and self.layout != "nhwc" and shape[1] == count:
            layout, size = "nchw", (int(shape[2]), int(shape[3]))
        elif len(shape) == 4 and self.layout != "nchw" and shape[3] == count:
            layout, size = "nhwc", (int(shape[1]), int(shape[2]))
        else:
            raise InputError(
                f"Preprocessing makes {self.channels} images ({count} channel(s), layout "
                f"{self.layout or 'nchw or nhwc'}), but the model's input has shape {list(shape)}."
            )
        if self.size not in (None, size):
            raise InputError(
                f"Preprocessing declares size {self.size}, but the model's input has shape "
                f"{list(shape)}; leave size out to take it from the model."
            )
        return dataclasses.replace(self, layout=layout, size=size)

    def apply(self, image: ImageLike) -> np.ndarray:
        """float32 [1, C, H, W] (or [1, H, W, C]) of an image file, PIL image or uint8 array.

        An array is [H, W], [H, W, 1] or [H, W, 3] in RGB order. Call `for_shape` first, or declare
        `size`. Raises InputError where the image cannot be read or is smaller than the crop.
        """
        import numpy as np

        if self.size is None:
            raise InputError("Preprocessing has no size yet; declare it or call for_shape().")
        pixels = np.asarray(self._fit(_open(image)), np.float32)
        pixels = pixels.reshape(*self.size, -1)
        if self.channels == "bgr":
            pixels = pixels[..., ::-1]
        result = pixels * np.float32(self.scale) - np.asarray(self.mean, np.float32)
        result /= np.asarray(self.std, np.float32)
        if self.layout != "nhwc":
            result = result.transpose(2, 0, 1)
        return np.ascontiguousarray(result[None])

    def _fit(self, image: Image) -> Image:
        """Converts the colours, resizes, crops or pads to `size`."""
        from PIL import Image

        assert self.size is not None
        height, width = self.size
        image = image.convert("L" if self.channels == "gray" else "RGB")
        scaled = self._scaled_size(image.width, image.height)
        if scaled != image.size:
            image = image.resize(scaled, getattr(Image.Resampling, self.interpolation.upper()))
        if self.resize == "letterbox":
            canvas = Image.new(
                image.mode, (width, height), (self.pad_value,) * len(image.getbands())
            )
            canvas.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
            return canvas
        if image.width < width or image.height < height:
            raise InputError(
                f"An image of {image.width}x{image.height} pixels is smaller than the model's "
                f"input ({width}x{height}); use resize=short_side, exact or letterbox."
            )
        left, top = round((image.width - width) / 2), round((image.height - height) / 2)
        return image.crop((left, top, left + width, top + height))

    def _scaled_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) after resizing and before cropping or padding."""
        assert self.size is not None
        wanted_height, wanted_width = self.size
        if self.resize == "none":
            return width, height
        if self.resize == "exact":
            return wanted_width, wanted_height
        if self.resize == "letterbox":
            factor = min(wanted_width / width, wanted_height / height)
            return max(1, round(width * factor)), max(1, round(height * factor))
        if self.short_side is not None:
            short = min(width, height)
            return self.short_side * width // short, self.short_side * height // short
        factor = max(wanted_width / width, wanted_height / height)
        return (
            max(wanted_width, round(width * factor)),
            max(wanted_height, round(height * factor)),
        )


def _check_choice(field: str, value: object, choices: Sequence[str] | Mapping[str, int]) -> None:
    if value not in choices:
        raise InputError(
            f"Preprocessing: {field} is {value!r}; it must be one of: {', '.join(choices)}."
        )


def _open(image: ImageLike) -> Image:
    """A PIL image, upright."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise InputError("Reading images needs Pillow: pip install pillow.") from None
    if isinstance(image, Image.Image):
        return image
    if isinstance(image, (str, os.PathLike)):
        try:
            with Image.open(image) as opened:
                return ImageOps.exif_transpose(opened)
        except (OSError, ValueError) as error:
            raise InputError(
                f"Cannot read the image '{os.fspath(image)}': {reason(error)}."
            ) from None
    if str(image.dtype) != "uint8" or image.ndim not in (2, 3):
        raise InputError(
            f"An image array must be uint8 [H, W] or [H, W, C], not {image.dtype} "
            f"{list(image.shape)}."
        )
    return Image.fromarray(image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image)


def _read_file(path: str) -> Mapping[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            if path.lower().endswith(".json"):
                fields = json.load(file)
            else:
                import yaml

                fields = yaml.safe_load(file)
    except ImportError:
        raise InputError(f"Reading '{path}' needs PyYAML: pip install pyyaml.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the preprocessing file '{path}': {reason(error)}.") from None
    except Exception as error:  # yaml.YAMLError, whose class may not be importable
        raise InputError(f"'{path}' is not valid YAML: {reason(error)}.") from None
    if not isinstance(fields, Mapping):
        raise InputError(f"The preprocessing file '{path}' must be a mapping of fields to values.")
    return fields


def _read_compact(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for position, word in enumerate(text.split()):
        key, separator, value = word.partition("=")
        if separator:
            fields[key] = value
        elif position == 0 and word in PRESETS:
            fields["preset"] = word
        else:
            raise InputError(
                f"Preprocessing: '{word}' is neither field=value nor, as the first word, a preset "
                f"({', '.join(PRESETS)}), nor a .json or .yaml file."
            )
    return fields


def _typed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments of values given as text, numbers or lists; expands the preset."""
    fields = dict(fields)
    preset = fields.pop("preset", None)
    if preset is not None:
        _check_choice("preset", preset, list(PRESETS))
        fields = {**PRESETS[preset], **fields}
    known = {field.name for field in dataclasses.fields(Preprocess)}
    for key in fields:
        _check_choice("field", key, sorted(known))
    try:
        return {key: _CONVERT.get(key, _text)(value) for key, value in fields.items()}
    except (TypeError, ValueError) as error:
        raise InputError(f"Preprocessing: {reason(error)}.") from None


def _numbers(value: Any) -> tuple[float, ...]:
    if isinstance(value, str):
        value = value.split(",")
    return tuple(float(v) for v in value) if isinstance(value, Sequence) else (float(value),)


def _size(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = value.replace("x", ",").split(",")
    sides = [int(v) for v in value] if isinstance(value, Sequence) else [int(value)]
    if len(sides) not in (1, 2) or min(sides) < 1:
        raise ValueError(f"size {value!r} is not a height and a width")
    return sides[0], sides[-1]


def _text(value: Any) -> str | None:
    return None if value is None else str(value).lower()


_CONVERT: dict[str, Any] = {
    "short_side": lambda value: None if value is None else int(value),
    "size": _size,
    "scale": float,
    "mean": _numbers,
    "std": _numbers,
    "pad_value": int,
}
