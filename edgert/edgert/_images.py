"""Images as preprocessing takes them: 8 bits, gray or RGB, upright. Private.

Files and PIL images say what their pixels are, arrays do not: what an array leaves open is refused
unless the caller says it.
"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Union

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from edgert._text import reason
from edgert.errors import InputError

if TYPE_CHECKING:
    ImageLike = Union[str, "os.PathLike[str]", Image.Image, np.ndarray]

CHANNELS = {"gray": 1, "rgb": 3, "bgr": 3, "rgba": 4, "bgra": 4}

# Formats whose pixels of more than 8 bits use the whole range of 16; None: a PIL image that was
# made or changed by the caller.
_SIXTEEN_BITS = (None, "JPEG2000", "PNG", "PPM", "TIFF")
_SIXTEEN_BITS_IN_32 = ("PNG", "PPM")

# Modes that not all versions of Pillow convert at once, and what lies between.
_BETWEEN = {"LAB": "RGB", "La": "LA", "RGBa": "RGBA"}

# TIFF 6.0: tags, and the values of theirs that Pillow passes over.
_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_WHITE_IS_ZERO, _UNSIGNED = 0, 1

# Width over height of the frames that cameras make. The planes of an NV12 or I420 frame are handed
# around as one array with half as many rows again.
_FRAME_SHAPES = ((1, 1), (4, 3), (16, 9))


def opened(image: ImageLike, mode: str, pixel_format: str | None = None) -> Image.Image:
    """The picture in Pillow's `mode`, "L" or "RGB".

    image: path of a regular file, PIL image, or uint8 array [H, W] or [H, W, C]. What was read from
    a file is turned as its EXIF orientation says; transparency is ignored.
    pixel_format: of an array, one of `CHANNELS`. None: "gray" of an array with one channel for a
        gray model, "rgb" of one with three.

    Raises InputError where there is no such file or it cannot be decoded, where the range of the
    pixels is not known, and where an array leaves open what it is.
    """
    if pixel_format is not None and pixel_format not in tuple(CHANNELS):
        raise InputError(
            f"pixel_format is {pixel_format!r}; it must be one of: {', '.join(CHANNELS)}"
        )
    if image is None:
        raise InputError(
            "there is no image: None was given, as cameras and cv2.imread do when they fail"
        )
    if isinstance(image, np.ndarray):
        return _of_array(image, mode, pixel_format)
    if pixel_format is not None:
        raise InputError("pixel_format is for arrays: a file or PIL image says what its pixels are")
    if isinstance(image, Image.Image):
        return _decoded(image, mode, "the image")
    if isinstance(image, (str, os.PathLike)):
        return _of_file(os.fspath(image), mode)
    raise InputError(
        f"an image is a path, a PIL image or a uint8 array, not {type(image).__name__}"
    )


def _of_file(path: str, mode: str) -> Image.Image:
    name = f"the image '{path}'"
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"Cannot read {name}: it is no regular file.")
        # By path, Pillow maps a TIFF file, and takes rows for columns where it lies on its side.
        with open(path, "rb") as file, _opened(file) as image:
            return _decoded(image, mode, name)
    except InputError:
        raise
    except UnidentifiedImageError:
        raise InputError(f"Cannot read {name}: Pillow knows no such format.") from None
    except Exception as error:  # of any kind: decoders differ in what they make of damaged files
        raise InputError(f"Cannot read {name}: {reason(error)}.") from None


def _opened(file: BinaryIO) -> Image.Image:
    """Without a warning of many pixels: they are an error here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(file)


def _decoded(image: Image.Image, mode: str, name: str) -> Image.Image:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise InputError(
            f"Cannot read {name}: it has {image.width}x{image.height} pixels, more than the "
            f"{limit} of PIL.Image.MAX_IMAGE_PIXELS."
        )
    if not image.width * image.height:
        raise InputError(f"Cannot read {name}: it has no pixels.")
    try:
        return _converted(_eight_bits(image, name), mode)
    except InputError:
        raise
    except Exception as error:  # see _of_file: a PIL image may not have been decoded yet
        raise InputError(f"Cannot read {name}: {reason(error)}.") from None


def _converted(image: Image.Image, mode: str) -> Image.Image:
    if image.mode == "P" and isinstance(image.info.get("transparency"), bytes):
        image = image.convert("RGBA")  # Pillow warns of a direct conversion
    elif image.mode in _BETWEEN:
        image = image.convert(_BETWEEN[image.mode])
    return image.convert(mode)


def _eight_bits(image: Image.Image, name: str) -> Image.Image:
    """The image upright, with at most 8 bits per channel: the upper ones, as Pillow reads colours.

    What a caller has changed since it was read has no format, and is upright as it is.
    """
    image.load()
    tags: Any = dict(getattr(image, "tag_v2", {}))
    bits = _significant_bits(image, tags, name)
    if image.format not in (None, "TIFF"):  # Pillow turns TIFF files itself
        image = ImageOps.exif_transpose(image)
    if bits <= 8:
        return image
    pixels = (np.asarray(image) >> (bits - 8)).astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        pixels = 255 - pixels
    return Image.fromarray(pixels)


def _significant_bits(image: Image.Image, tags: Mapping[int, Any], name: str) -> int:
    """Bits of a channel. Raises InputError where the format does not tell what white is."""
    if image.mode == "F" or tags.get(_SAMPLE_FORMAT, (_UNSIGNED,))[0] != _UNSIGNED:
        raise _unknown_range(name, "signed or floating-point pixels")
    if image.mode.startswith("I;16") and image.format in _SIXTEEN_BITS:
        return int(tags.get(_BITS_PER_SAMPLE, (16,))[0])
    if image.mode == "I" and image.format in _SIXTEEN_BITS_IN_32:
        return 16
    if image.mode.startswith("I"):
        raise _unknown_range(name, "integer pixels")
    return 8


def _unknown_range(name: str, what: str) -> InputError:
    return InputError(
        f"Cannot use {name}: it has {what} whose range its format does not tell; "
        "convert it to 8 or 16 bits without sign."
    )


def _of_array(array: np.ndarray, mode: str, pixel_format: str | None) -> Image.Image:
    given = f"{array.dtype} {list(array.shape)}"
    if array.dtype != np.uint8:
        raise InputError(
            f"an image array has uint8 pixels from 0 to 255; this one is {given}: scale it to that "
            "range and convert it, or preprocess it yourself"
        )
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise InputError(f"an image array is [H, W] or [H, W, C]; this one is {given}")
    channels = 1 if array.ndim == 2 else array.shape[2]
    if pixel_format is None:
        pixel_format = _told(array, channels, mode, given)
    elif channels != CHANNELS[pixel_format]:
        raise InputError(
            f"an array of {pixel_format} pixels has {CHANNELS[pixel_format]} channel(s); "
            f"this one is {given}"
        )
    if channels == 1:
        pixels = array.reshape(array.shape[:2])
    else:
        pixels = array[..., :3]
        pixels = pixels[..., ::-1] if pixel_format.startswith("bgr") else pixels
    return Image.fromarray(np.array(pixels, order="C")).convert(mode)


def _told(array: np.ndarray, channels: int, mode: str, given: str) -> str:
    """The pixel format of an array, where its shape leaves no doubt that would go unnoticed."""
    if channels == 3:
        return "rgb"
    if channels == 4:
        raise InputError(
            f"an array with four channels may be rgba or bgra: say which with pixel_format "
            f"(given: {given})"
        )
    if channels != 1:
        first = array.shape[0] in CHANNELS.values() and array.shape[2] not in CHANNELS.values()
        hint = "; channels come last: transpose(1, 2, 0)" if first else ""
        raise InputError(f"an image array has 1, 3 or 4 channels; this one is {given}{hint}")
    if mode != "L":
        raise InputError(
            f"an array with one channel may be gray or the planes of an NV12 or I420 frame, and "
            f"this model takes colours: say pixel_format='gray', or convert the frame to RGB "
            f"(given: {given})"
        )
    if _may_be_planes(*array.shape[:2]):
        raise InputError(
            f"this array may be gray or the planes of an NV12 or I420 frame of "
            f"{array.shape[1]}x{array.shape[0] * 2 // 3} pixels: say pixel_format='gray', and of a "
            f"frame give the upper two thirds, which are its gray picture (given: {given})"
        )
    return "gray"


def _may_be_planes(rows: int, width: int) -> bool:
    """Whether an array has the size of an NV12 or I420 frame of a usual shape."""
    if rows % 3 or width % 2:
        return False
    return any(3 * width * high == 2 * rows * wide for wide, high in _FRAME_SHAPES)
