"""Declared preprocessing: from an image to a model's input, the same way everywhere.

One `Preprocess` is used for calibration, stored in the bundle, and used again by the command line
and the API, so that what the model was calibrated with is what it runs with. Needs numpy, and
Pillow for anything but `to_json`; both are imported when first used.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgert._text import did_you_mean, reason, shorten
from edgert.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    from edgert._images import ImageLike

RESIZE = ("short_side", "exact", "letterbox", "none")
CHANNELS = {"rgb": 3, "bgr": 3, "gray": 1}
LAYOUTS = ("nchw", "nhwc")
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos", "box")
INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")

_LARGEST_FLOAT, _SMALLEST_FLOAT = 3.4028235e38, 1.1754944e-38  # float32, normal
_WHOLE_TOLERANCE = 1e-4  # of results that are meant to be whole
_LARGEST_SIDE = 1 << 16
_LARGEST_AREA = 1 << 26
# Pixels of a resized image from which on only the part that is not cropped is computed; Pillow
# rounds that differently in the last bit, now and then.
_LARGEST_WHOLE = 1 << 25

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
    dtype: None: results are real numbers, float32, which inputs of 8 bits quantize with their scale
        and zero point. An integer type: whole numbers, as a model has them that takes integers
        itself; `for_shape` fills it in from the model.

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
    dtype: str | None = None

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is None and field.default is None:
                continue
            object.__setattr__(self, field.name, _typed(field.name, value))
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (1, CHANNELS[self.channels]):
                raise InputError(
                    f"Preprocessing: {name} has {len(getattr(self, name))} numbers for "
                    f"{CHANNELS[self.channels]} channel(s); give one, or one per channel."
                )
        for name in ("scale", "std"):
            if 0.0 in _numbers(getattr(self, name)):
                raise InputError(
                    f"Preprocessing: {name} contains 0; every number must differ from 0."
                )
        if not all(abs(limit) < _LARGEST_FLOAT for limit in self.limits()):
            raise InputError("Preprocessing: scale, mean and std make numbers beyond float32.")
        if self.dtype is not None and not self._makes(self.dtype):
            raise InputError(f"Preprocessing makes {self._described()}: no {self.dtype}.")

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
            return cls(**_fields(spec))
        if not isinstance(spec, (str, os.PathLike)):
            raise InputError(
                "Preprocessing is given as text, as a file or as a mapping of fields, not as "
                f"{type(spec).__name__}."
            )
        text = os.fspath(spec)
        if text.lower().endswith((".json", ".yaml", ".yml")):
            return cls(**_fields(_read_file(text)))
        return cls(**_fields(_read_compact(text)))

    @classmethod
    def from_json(cls, text: str) -> Preprocess:
        """The inverse of `to_json`. Raises InputError for what that does not write."""
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"Preprocessing: this is not JSON: {reason(error)}.") from None
        if not isinstance(fields, Mapping):
            raise InputError("Preprocessing: this is not a mapping of fields to values.")
        return cls(**_fields(fields))

    def to_json(self) -> str:
        """Fields that differ from their defaults, as stored in a bundle."""
        defaults = Preprocess()
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        changed = {k: v for k, v in fields.items() if v != getattr(defaults, k)}
        return json.dumps(changed, sort_keys=True)

    def for_shape(
        self,
        shape: Sequence[int | None],
        dtype: str = "float32",
        quantization: tuple[float, int] | None = None,
    ) -> Preprocess:
        """The same, with layout, size and dtype as a model input wants them.

        shape: of the input, [N, C, H, W] or [N, H, W, C].
        dtype, quantization: numpy's name of its element type, and scale and zero point where its
            integers stand for real numbers.

        Raises InputError where the shape is no image, contradicts a layout, size or channel count
        that was declared, or where the input cannot hold the numbers that come out.
        """
        count = CHANNELS[self.channels]
        sides: tuple[int | None, ...] = ()
        if len(shape) == 4 and self.layout != "nhwc" and shape[1] == count:
            layout, sides = "nchw", (shape[2], shape[3])
        elif len(shape) == 4 and self.layout != "nchw" and shape[3] == count:
            layout, sides = "nhwc", (shape[1], shape[2])
        if not sides or not all(sides):
            raise InputError(
                f"Preprocessing makes {self.channels} images ({count} channel(s), layout "
                f"{self.layout or 'nchw or nhwc'}), but the model's input has shape {list(shape)}."
            )
        size = int(sides[0] or 0), int(sides[1] or 0)
        if self.size not in (None, size):
            raise InputError(
                f"Preprocessing declares size {self.size}, but the model's input has shape "
                f"{list(shape)}; leave size out to take it from the model."
            )
        if self.resize == "short_side" and (self.short_side or max(size)) < min(size):
            raise InputError(
                f"Preprocessing: a short side of {self.short_side} pixels is less than the "
                f"model's input has ({size[0]}x{size[1]})."
            )
        fitted = dataclasses.replace(self, layout=layout, size=size)
        return fitted._for_type(dtype, quantization)

    def _for_type(self, dtype: str, quantization: tuple[float, int] | None) -> Preprocess:
        if self.dtype not in (None, dtype):
            raise InputError(
                f"Preprocessing declares {self.dtype}, but the model's input is {dtype}."
            )
        if dtype not in INTEGERS:
            return self
        if self._makes(dtype):
            return dataclasses.replace(self, dtype=dtype)
        if quantization is None:
            raise InputError(
                f"Preprocessing makes {self._described()}, but the model's input is {dtype}; "
                "'raw' leaves the pixels as they are."
            )
        self._check_fits(dtype, *quantization)
        return self

    def _check_fits(self, dtype: str, scale: float, zero_point: int) -> None:
        """Raises InputError where most pixels would be the same number of a quantized input."""
        low, high = self.limits()
        least, most = ((end - zero_point) * scale for end in _integer_limits(dtype))
        shared = min(high, most) - max(low, least)
        if shared < (high - low) / 2 or shared < (most - least) / 16:
            raise InputError(
                f"Preprocessing makes {self._described()}, but the model's input ({dtype}, scale "
                f"{scale:g}, zero point {zero_point}) holds {least:.4g} to {most:.4g}."
            )

    def limits(self) -> tuple[float, float]:
        """The smallest and the largest number that any pixel becomes."""
        ends = [end for line in self._lines() for end in line]
        return min(ends), max(ends)

    def _lines(self) -> list[tuple[float, float]]:
        """What pixels of 0 and of 255 become, by channel; what is between lies between."""
        count = max(len(self.mean), len(self.std))
        means, stds = (numbers * (count // len(numbers)) for numbers in (self.mean, self.std))
        return [(-m / s, (255 * self.scale - m) / s) for m, s in zip(means, stds)]

    def _makes(self, dtype: str) -> bool:
        """Whether every pixel becomes a whole number of an integer type."""
        if dtype not in INTEGERS:
            return False
        least, most = _integer_limits(dtype)
        low, high = self.limits()
        steps = [
            number for first, last in self._lines() for number in (first, (last - first) / 255)
        ]
        whole = all(abs(step - round(step)) < _WHOLE_TOLERANCE for step in steps)
        return whole and least <= round(low) and round(high) <= most

    def _described(self) -> str:
        low, high = self.limits()
        return f"numbers from {low:.4g} to {high:.4g}"

    def apply(self, image: ImageLike, pixel_format: str | None = None) -> np.ndarray:
        """[1, C, H, W] (or [1, H, W, C]) of an image file, PIL image or uint8 array.

        image: what was read from a file is turned upright; transparency is ignored; of more than 8
            bits per channel the upper 8 are used. An array is [H, W] or [H, W, C].
        pixel_format: what the channels of an array are: "rgb", "bgr" (OpenCV), "gray", "rgba" or
            "bgra". None: "rgb" where there are three, "gray" of one for a gray model.

        The result is float32, or of `dtype`. Call `for_shape` first, or declare `size`.

        Raises InputError where the image cannot be read, is smaller than the crop, has pixels whose
        range is not known (floating point, integers of more than 16 bits), or where an array leaves
        open what it is.
        """
        if self.size is None:
            raise InputError("Preprocessing has no size yet; declare it or call for_shape().")
        with _images_needed():
            import numpy as np

            from edgert._images import opened
        mode = "L" if self.channels == "gray" else "RGB"
        pixels = np.asarray(self._fit(opened(image, mode, pixel_format)), np.float32)
        pixels = pixels.reshape(*self.size, -1)
        if self.channels == "bgr":
            pixels = pixels[..., ::-1]
        result = pixels * np.float32(self.scale) - np.asarray(self.mean, np.float32)
        result /= np.asarray(self.std, np.float32)
        if self.layout != "nhwc":
            result = result.transpose(2, 0, 1)
        if self.dtype is not None:
            result = np.rint(result).astype(self.dtype)
        return np.ascontiguousarray(result[None])

    def _fit(self, image: Image) -> Image:
        """Resizes, crops or pads to `size`."""
        from PIL import Image

        assert self.size is not None
        height, width = self.size
        scaled = self._scaled_size(image.width, image.height)
        resample = getattr(Image.Resampling, self.interpolation.upper())
        if self.resize == "letterbox":
            canvas = Image.new(
                image.mode, (width, height), (self.pad_value,) * len(image.getbands())
            )
            fitted = image if scaled == image.size else image.resize(scaled, resample)
            canvas.paste(fitted, ((width - scaled[0]) // 2, (height - scaled[1]) // 2))
            return canvas
        if scaled[0] < width or scaled[1] < height:
            raise InputError(
                f"An image of {scaled[0]}x{scaled[1]} pixels is smaller than the model's "
                f"input ({width}x{height}); use resize=short_side, exact or letterbox."
            )
        left, top = round((scaled[0] - width) / 2), round((scaled[1] - height) / 2)
        crop = (left, top, left + width, top + height)
        if scaled == image.size:
            return image.crop(crop)
        if scaled[0] * scaled[1] <= _LARGEST_WHOLE:
            return image.resize(scaled, resample).crop(crop)
        x, y = image.width / scaled[0], image.height / scaled[1]
        box = (crop[0] * x, crop[1] * y, crop[2] * x, crop[3] * y)
        return image.resize((width, height), resample, box)

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


@contextlib.contextmanager
def _images_needed() -> Iterator[None]:
    try:
        yield
    except ImportError:
        raise InputError("Reading images needs Pillow: pip install pillow.") from None


def _check_choice(field: str, value: object, choices: Sequence[str] | Mapping[str, int]) -> None:
    if value not in choices:
        raise InputError(
            f"Preprocessing: {field} is {value!r}; it must be one of: {', '.join(choices)}"
            f"{did_you_mean(str(value), choices)}"
        )


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
    except OSError as error:
        raise InputError(f"Cannot read the preprocessing file '{path}': {reason(error)}.") from None
    except Exception as error:  # yaml.YAMLError, whose class may not be importable; RecursionError
        kind = "JSON" if path.lower().endswith(".json") else "YAML"
        raise InputError(f"'{path}' is not valid {kind}: {reason(error)}.") from None
    if not isinstance(fields, Mapping):
        raise InputError(f"The preprocessing file '{path}' must be a mapping of fields to values.")
    return fields


def _read_compact(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if not text.strip():
        raise InputError(
            f"Preprocessing is an empty text; give a preset ({', '.join(PRESETS)}), field=value "
            "pairs, or a .json or .yaml file."
        )
    for position, word in enumerate(text.split()):
        key, separator, value = word.partition("=")
        if key in fields:
            raise InputError(f"Preprocessing: '{text}' gives {key} twice.")
        if separator:
            fields[key] = value
        elif position == 0 and word in PRESETS:
            fields["preset"] = word
        else:
            raise InputError(
                f"Preprocessing: '{word}' is neither field=value nor, as the first word, a preset "
                f"({', '.join(PRESETS)}), nor a .json or .yaml file{did_you_mean(word, PRESETS)}"
            )
    return fields


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments; expands the preset."""
    fields = dict(given)
    preset = fields.pop("preset", None)
    if preset is not None:
        _check_choice("preset", preset, list(PRESETS))
        fields = {**PRESETS[preset], **fields}
    known = [field.name for field in dataclasses.fields(Preprocess)]
    for key in fields:
        _check_choice("field", key, sorted(known))
    return fields


def _typed(field: str, value: Any) -> Any:
    """The value of a field that may be given as text, numbers or lists. Raises InputError."""
    if field in _CHOICES:
        value = str(value).lower()
        _check_choice(field, value, _CHOICES[field])
        return value
    convert, expected = _CONVERT[field]
    try:
        return convert(value)
    except (TypeError, ValueError, OverflowError):
        given = shorten(repr(value))
        raise InputError(f"Preprocessing: {field} is {given}; it must be {expected}.") from None


def _number(value: Any) -> float:
    number = float(value)
    if not abs(number) < _LARGEST_FLOAT or 0 < abs(number) < _SMALLEST_FLOAT:
        raise ValueError
    return number


def _numbers(value: Any) -> tuple[float, ...]:
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, Mapping):
        raise TypeError
    return tuple(map(_number, value)) if isinstance(value, Iterable) else (_number(value),)


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        number = int(value)
        if number != float(value) or not low <= number <= high:
            raise ValueError
        return number

    return convert


_side = _whole(1, _LARGEST_SIDE)


def _size(value: Any) -> tuple[int, int]:
    if isinstance(value, str):
        value = value.replace("x", ",").split(",")
    sides = [_side(v) for v in value] if isinstance(value, Iterable) else [_side(value)]
    if len(sides) not in (1, 2) or sides[0] * sides[-1] > _LARGEST_AREA:
        raise ValueError
    return sides[0], sides[-1]


def _integer_limits(dtype: str) -> tuple[int, int]:
    bits = int(dtype.lstrip("uint"))
    return (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


_CHOICES: dict[str, Sequence[str] | Mapping[str, int]] = {
    "resize": RESIZE,
    "channels": CHANNELS,
    "layout": LAYOUTS,
    "interpolation": INTERPOLATIONS,
    "dtype": INTEGERS,
}
_CONVERT: dict[str, tuple[Callable[[Any], Any], str]] = {
    "short_side": (_side, f"a whole number from 1 to {_LARGEST_SIDE}"),
    "size": (_size, f"a height and a width from 1 to {_LARGEST_SIDE}, as 224x224"),
    "scale": (_number, "a finite number"),
    "mean": (_numbers, "a finite number, or one for each channel"),
    "std": (_numbers, "a finite number, or one for each channel"),
    "pad_value": (_whole(0, 255), "a whole number from 0 to 255"),
}
