"""What images of every kind become: the right pixels, or one clear error."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgert.errors import InputError
from edgert.preprocess import Preprocess
from tests.preprocess.files import write_png, write_tiff

HEIGHT, WIDTH = 6, 10
RNG = np.random.default_rng(3)
COLOURS = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
GRAY = RNG.integers(0, 256, (HEIGHT, WIDTH), np.uint8)
WIDE = RNG.integers(0, 65536, (HEIGHT, WIDTH), np.uint16)


def pixels(image, channels="rgb", size=(HEIGHT, WIDTH), **how) -> np.ndarray:
    """uint8 [H, W, C] or [H, W] that preprocessing sees."""
    spec = Preprocess(resize="none", scale=1, channels=channels, size=size, layout="nhwc")
    result = spec.apply(image, **how)[0]
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, np.rint(result).clip(0, 255))
    return result[..., 0].astype(np.uint8) if channels == "gray" else result.astype(np.uint8)


def luma(colours: np.ndarray) -> np.ndarray:
    """ITU-R 601-2, as Pillow documents it for mode L."""
    r, g, b = (colours[..., i].astype(float) for i in range(3))
    return (r * 299 + g * 587 + b * 114) / 1000


# PIL images of every mode, and the colours that they show.
def palette_image() -> tuple[Image.Image, np.ndarray]:
    indices = GRAY % 4
    table = np.array([[255, 0, 0], [1, 2, 3], [0, 200, 100], [9, 8, 250]], np.uint8)
    image = Image.fromarray(indices)
    image = Image.frombytes("P", image.size, indices.tobytes())
    image.putpalette(table.tobytes())
    return image, table[indices]


def palette_with_transparency() -> tuple[Image.Image, np.ndarray]:
    image, colours = palette_image()
    image.info["transparency"] = bytes([0, 128, 255, 255])
    return image, colours


def palette_with_alpha() -> tuple[Image.Image, np.ndarray]:
    image, colours = palette_image()
    return image.convert("PA"), colours


def with_alpha() -> tuple[Image.Image, np.ndarray]:
    alpha = RNG.integers(0, 256, (HEIGHT, WIDTH, 1), np.uint8)
    return Image.fromarray(np.concatenate([COLOURS, alpha], 2)), COLOURS


def with_padding() -> tuple[Image.Image, np.ndarray]:
    return Image.fromarray(COLOURS).convert("RGBX"), COLOURS


def premultiplied() -> tuple[Image.Image, np.ndarray]:
    opaque = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    return Image.fromarray(np.concatenate([COLOURS, opaque], 2)).convert("RGBa"), COLOURS


def gray_with_alpha() -> tuple[Image.Image, np.ndarray]:
    return Image.fromarray(np.stack([GRAY, GRAY[::-1]], 2)), as_colours(GRAY)


def gray_premultiplied() -> tuple[Image.Image, np.ndarray]:
    opaque = np.stack([GRAY, np.full_like(GRAY, 255)], 2)
    return Image.fromarray(opaque).convert("La"), as_colours(GRAY)


def black_and_white() -> tuple[Image.Image, np.ndarray]:
    bits = GRAY > 127
    return Image.fromarray(bits), as_colours(bits.astype(np.uint8) * 255)


def inks() -> tuple[Image.Image, np.ndarray]:
    image = Image.frombytes("CMYK", (WIDTH, HEIGHT), np.dstack([COLOURS, GRAY]).tobytes())
    ink = COLOURS.astype(float)
    return image, (255 - ink) * (255 - GRAY[..., None].astype(float)) / 255


def luma_and_chroma() -> tuple[Image.Image, np.ndarray]:
    """JFIF: ITU-R BT.601 with full range."""
    image = Image.frombytes("YCbCr", (WIDTH, HEIGHT), COLOURS.tobytes())
    y, cb, cr = (COLOURS[..., i].astype(float) for i in range(3))
    cb, cr = cb - 128, cr - 128
    rgb = [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb]
    return image, np.stack(rgb, 2).clip(0, 255)


def hue() -> tuple[Image.Image, np.ndarray]:
    import colorsys

    image = Image.frombytes("HSV", (WIDTH, HEIGHT), COLOURS.tobytes())
    rows = [[colorsys.hsv_to_rgb(*(c / 255 for c in p)) for p in row] for row in COLOURS.tolist()]
    return image, np.array(rows) * 255


def lab() -> tuple[Image.Image, np.ndarray]:
    stored = np.stack([GRAY // 2 + 60, GRAY[::-1] // 8 + 112, GRAY[:, ::-1] // 8 + 112], 2)
    image = Image.frombytes("LAB", (WIDTH, HEIGHT), (stored ^ [0, 128, 128]).astype("u1").tobytes())
    return image, lab_colours(stored[..., 0] / 2.55, *(stored[..., i] - 128.0 for i in (1, 2)))


def lab_colours(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """sRGB of CIE L*a*b* with white D50 (IEC 61966-2-1; Bradford's adaptation to D65)."""
    y = (lightness + 16) / 116
    ratios = np.stack([y + a / 500, y, y - b / 200], -1)
    cube = np.where(ratios > 6 / 29, ratios**3, 3 * (6 / 29) ** 2 * (ratios - 4 / 29))
    to_srgb = np.array(
        [
            [3.1338561, -1.6168667, -0.4906146],
            [-0.9787684, 1.9161415, 0.0334540],
            [0.0719453, -0.2289914, 1.4052427],
        ]
    )
    linear = (cube * [0.96422, 1.0, 0.82521] @ to_srgb.T).clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def as_colours(gray: np.ndarray) -> np.ndarray:
    return np.repeat(gray[..., None], 3, 2)


MODES = {
    "1": (black_and_white, 0),
    "L": (lambda: (Image.fromarray(GRAY), as_colours(GRAY)), 0),
    "LA": (gray_with_alpha, 0),
    "La": (gray_premultiplied, 0),
    "P": (palette_image, 0),
    "P with transparency": (palette_with_transparency, 0),
    "PA": (palette_with_alpha, 0),
    "RGB": (lambda: (Image.fromarray(COLOURS), COLOURS), 0),
    "RGBA": (with_alpha, 0),
    "RGBX": (with_padding, 0),
    "RGBa": (premultiplied, 0),
    "CMYK": (inks, 1),
    "YCbCr": (luma_and_chroma, 1),
    "HSV": (hue, 2),
    "LAB": (lab, 3),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", MODES)
@pytest.mark.parametrize("channels", ["rgb", "bgr", "gray"])
def test_images_of_every_mode(name, channels):
    make, tolerance = MODES[name]
    image, colours = make()
    assert image.mode == name.split()[0]
    found = pixels(image, channels).astype(float)
    expected = {"rgb": colours, "bgr": colours[..., ::-1], "gray": luma(colours)}[channels]
    if name == "YCbCr" and channels == "gray":
        expected = COLOURS[..., 0]
    tolerance += 1 if channels == "gray" else 0
    np.testing.assert_allclose(found, expected, atol=tolerance)


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B"])
def test_images_of_16_bits_use_their_range(mode):
    order = ">u2" if mode == "I;16B" else "<u2"
    image = Image.frombytes(mode, (WIDTH, HEIGHT), WIDE.astype(order).tobytes())
    np.testing.assert_array_equal(pixels(image, "gray"), WIDE >> 8)
    np.testing.assert_array_equal(pixels(image, "rgb"), as_colours(WIDE >> 8))


@pytest.mark.parametrize("mode", ["I", "F"])
@pytest.mark.parametrize("channels", ["gray", "rgb"])
def test_images_without_a_known_range_are_refused(mode, channels):
    with pytest.raises(InputError, match="range"):
        pixels(Image.new(mode, (WIDTH, HEIGHT), 200), channels)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("factor", [256, 257])
def test_png_of_16_bits_equals_its_twin_of_8(channels, factor, tmp_path):
    eight = RNG.integers(0, 256, (HEIGHT, WIDTH, channels), np.uint8)
    twin = write_png(tmp_path / "8.png", eight)
    wide = write_png(tmp_path / "16.png", eight.astype(np.uint16) * factor)
    for order in ("rgb", "gray"):
        np.testing.assert_array_equal(pixels(wide, order), pixels(twin, order))
    if channels != 2:
        shown = eight[..., :3] if channels > 2 else as_colours(eight[..., 0])
        np.testing.assert_array_equal(pixels(wide), shown)


def test_pgm_of_16_bits(tmp_path):
    path = tmp_path / "a.pgm"
    path.write_bytes(f"P5 {WIDTH} {HEIGHT} 65535\n".encode() + WIDE.astype(">u2").tobytes())
    np.testing.assert_array_equal(pixels(path, "gray"), WIDE >> 8)
    path.write_bytes(f"P5 {WIDTH} {HEIGHT} 1023\n".encode() + (WIDE % 1024).astype(">u2").tobytes())
    np.testing.assert_allclose(pixels(path, "gray"), (WIDE % 1024) / 1023 * 255, atol=1)


def test_jpeg_2000_of_16_bits(tmp_path):
    if "jpg_2000" not in features():
        pytest.skip("Pillow was built without JPEG 2000")
    Image.fromarray(WIDE).save(tmp_path / "a.jp2", irreversible=False)
    np.testing.assert_array_equal(pixels(tmp_path / "a.jp2", "gray"), WIDE >> 8)


def features() -> list[str]:
    from PIL import features

    return features.get_supported()


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("photometric", [0, 1])  # white is zero, black is zero
def test_tiff_of_16_bits(byte_order, photometric, tmp_path):
    data = WIDE.astype(byte_order + "u2").tobytes()
    path = tmp_path / "a.tif"
    write_tiff(path, data, WIDE.shape, (16,), photometric, byte_order=byte_order)
    expected = WIDE >> 8 if photometric else 255 - (WIDE >> 8)
    if (byte_order, photometric) == (">", 0):  # which Pillow does not read
        with pytest.raises(InputError, match=r"a\.tif"):
            pixels(path, "gray")
    else:
        np.testing.assert_array_equal(pixels(path, "gray"), expected)


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("channels", [3, 4])
def test_tiff_of_16_bit_colours(byte_order, channels, tmp_path):
    wide = RNG.integers(0, 65536, (HEIGHT, WIDTH, channels), np.uint16)
    path = tmp_path / "a.tif"
    data = wide.astype(byte_order + "u2").tobytes()
    photometric = 2 if channels == 3 else 5  # RGB; CMYK
    write_tiff(path, data, wide.shape[:2], (16,) * channels, photometric, byte_order=byte_order)
    high = wide >> 8
    if channels == 3:
        np.testing.assert_array_equal(pixels(path), high)
    else:
        ink = (255.0 - high[..., :3]) * (255.0 - high[..., 3:]) / 255
        np.testing.assert_allclose(pixels(path), ink, atol=1)


def test_tiff_of_12_bits_uses_their_range(tmp_path):
    values = WIDE >> 4
    pairs = values.reshape(-1, 2).astype(np.uint32)
    packed = (pairs[:, 0] << 12) | pairs[:, 1]
    data = b"".join(int(p).to_bytes(3, "big") for p in packed)
    path = write_tiff(tmp_path / "a.tif", data, WIDE.shape, (12,), 1)
    np.testing.assert_array_equal(pixels(path, "gray"), values >> 4)


@pytest.mark.parametrize(
    ("dtype", "sample_format"),
    [("<i1", 2), ("<i2", 2), ("<u4", 1), ("<i4", 2), ("<f4", 3)],
)
@pytest.mark.parametrize("channels", ["gray", "rgb"])
def test_tiff_without_a_known_range_is_refused(dtype, sample_format, channels, tmp_path):
    values = (GRAY // 2).astype(dtype)
    bits = (8 * values.itemsize,)
    path = write_tiff(tmp_path / "a.tif", values.tobytes(), GRAY.shape, bits, 1, sample_format)
    problem = r"range.*8 or 16 bits" if sample_format != 2 or bits != (8,) else "range|format"
    with pytest.raises(InputError, match=rf"a\.tif.*({problem})"):
        pixels(path, channels)


def test_tiff_of_lab(tmp_path):
    image, colours = lab()
    stored = np.asarray(image, np.uint8)
    path = write_tiff(tmp_path / "a.tif", stored.tobytes(), GRAY.shape, (8, 8, 8), 8)
    np.testing.assert_allclose(pixels(path), colours, atol=3)


def test_portable_float_map_is_refused(tmp_path):
    path = tmp_path / "a.pfm"
    path.write_bytes(f"Pf\n{WIDTH} {HEIGHT}\n-1.0\n".encode() + GRAY.astype("<f4").tobytes())
    with pytest.raises(InputError, match=r"a\.pfm.*(range|format)"):  # which Pillow reads lately
        pixels(path, "gray")


# What orientation says: where the first row and the first column of the stored image belong
# (EXIF 2.32, tag 274).
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: a.T[:, ::-1],
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: a.T[::-1],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_what_was_read_from_a_file_is_upright(orientation, tmp_path):
    upright = UPRIGHT[orientation](GRAY)
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(GRAY).save(tmp_path / "a.png", exif=exif)
    write_tiff(tmp_path / "a.tif", GRAY.tobytes(), GRAY.shape, (8,), 1, orientation=orientation)
    data = WIDE.astype("<u2").tobytes()
    write_tiff(tmp_path / "b.tif", data, WIDE.shape, (16,), 1, orientation=orientation)
    for name in ("a.png", "a.tif"):
        np.testing.assert_array_equal(pixels(tmp_path / name, "gray", upright.shape), upright)
        with open(tmp_path / name, "rb") as file, Image.open(file) as image:
            np.testing.assert_array_equal(pixels(image, "gray", upright.shape), upright)
    found = pixels(tmp_path / "b.tif", "gray", upright.shape)
    np.testing.assert_array_equal(found, UPRIGHT[orientation](WIDE >> 8))


def test_what_the_caller_turned_is_not_turned_again(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(GRAY).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        turned = image.transpose(Image.Transpose.ROTATE_270)
    upright = UPRIGHT[6](GRAY)
    np.testing.assert_array_equal(pixels(turned, "gray", upright.shape), upright)


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize(
    ("pixel_format", "order"),
    [("rgb", (0, 1, 2)), ("bgr", (2, 1, 0)), ("rgba", (0, 1, 2, 3)), ("bgra", (2, 1, 0, 3))],
)
def test_arrays_are_what_the_caller_says(pixel_format, order, fortran):
    shown = np.concatenate([COLOURS, GRAY[..., None]], 2)
    array = shown[..., order]
    array = np.asfortranarray(array) if fortran else array
    before = array.copy()
    np.testing.assert_array_equal(pixels(array, pixel_format=pixel_format), COLOURS)
    np.testing.assert_array_equal(
        pixels(array, "bgr", pixel_format=pixel_format), COLOURS[..., ::-1]
    )
    found = pixels(array, "gray", pixel_format=pixel_format)
    np.testing.assert_allclose(found, luma(COLOURS), atol=1)
    np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("shape", [GRAY.shape, (*GRAY.shape, 1)])
def test_gray_arrays(shape):
    array = GRAY.reshape(shape)
    np.testing.assert_array_equal(pixels(array, "gray"), GRAY)
    np.testing.assert_array_equal(pixels(array, "gray", pixel_format="gray"), GRAY)
    np.testing.assert_array_equal(pixels(array, pixel_format="gray"), as_colours(GRAY))


def test_three_channels_are_rgb_by_default():
    np.testing.assert_array_equal(pixels(COLOURS), COLOURS)


@pytest.mark.parametrize(
    "view",
    [lambda a: a[::2, ::2], lambda a: a[::-1], lambda a: a[:, ::-1], lambda a: a.swapaxes(0, 1)],
)
def test_arrays_need_not_be_contiguous(view):
    array = view(COLOURS)
    np.testing.assert_array_equal(pixels(array, size=array.shape[:2]), array)
    unwritable = array.copy()
    unwritable.setflags(write=False)
    np.testing.assert_array_equal(pixels(unwritable, size=array.shape[:2]), array)


@pytest.mark.parametrize(
    ("image", "channels", "message"),
    [
        (None, "rgb", "None.*camera"),
        (np.zeros((9, 8), np.uint8), "rgb", "NV12.*pixel_format='gray'"),
        (np.zeros((9, 8, 1), np.uint8), "rgb", "NV12.*pixel_format='gray'"),
        (np.zeros((720, 640), np.uint8), "gray", "NV12.*640x480.*pixel_format='gray'"),
        (np.zeros((1620, 1920), np.uint8), "gray", "NV12.*1920x1080"),
        (np.zeros((336, 224), np.uint8), "gray", "NV12.*224x224"),
        (np.zeros((8, 8, 4), np.uint8), "rgb", "rgba or bgra.*pixel_format"),
        (np.zeros((8, 8, 2), np.uint8), "rgb", "1, 3 or 4 channels"),
        (np.zeros((3, 8, 8), np.uint8), "rgb", r"transpose\(1, 2, 0\)"),
        (np.zeros((1, 8, 8, 3), np.uint8), "rgb", r"\[H, W, C\].*\[1, 8, 8, 3\]"),
        (np.zeros(8, np.uint8), "gray", r"\[H, W\]"),
        (np.zeros((), np.uint8), "gray", r"\[H, W\]"),
        (np.zeros((0, 8, 3), np.uint8), "rgb", r"\[0, 8, 3\]"),
        (np.zeros((8, 8, 0), np.uint8), "rgb", r"\[8, 8, 0\]"),
        (np.zeros((8, 8, 3), np.float32), "rgb", "float32.*scale it"),
        (np.zeros((8, 8), np.uint16), "gray", "uint16"),
        (np.zeros((8, 8), bool), "gray", "bool"),
        (np.zeros((8, 8), object), "gray", "object"),
        ([[1, 2], [3, 4]], "gray", "not list"),
        (b"\xff\xd8", "rgb", "not bytes"),
        (5, "rgb", "not int"),
        (Image.new("RGB", (0, 5)), "rgb", "no pixels"),
    ],
)
def test_what_is_no_image_is_refused(image, channels, message):
    with pytest.raises(InputError, match=message):
        pixels(image, channels, (8, 8))


@pytest.mark.parametrize(
    ("array", "pixel_format", "message"),
    [
        (COLOURS, "gray", "gray pixels has 1 channel"),
        (GRAY, "rgb", "rgb pixels has 3 channel"),
        (COLOURS, "bgra", "bgra pixels has 4 channel"),
        (COLOURS, "nv12", "must be one of: gray, rgb, bgr, rgba, bgra"),
        (COLOURS, 3, "must be one of"),
        (COLOURS, ["rgb"], "must be one of"),
        (Image.fromarray(COLOURS), "bgr", "for arrays"),
        ("a.png", "bgr", "for arrays"),
    ],
)
def test_pixel_formats_that_do_not_fit(array, pixel_format, message):
    with pytest.raises(InputError, match=message):
        pixels(array, pixel_format=pixel_format)


def test_gray_arrays_of_other_shapes_are_not_taken_for_planes():
    for shape in [(48, 48), (96, 96), (480, 640), (720, 1280), (28, 28)]:
        assert pixels(np.zeros(shape, np.uint8), "gray", shape).shape == shape


def huge_png(path: Path) -> Path:
    """A few bytes that claim a billion pixels."""
    header = struct.pack(">IIBBBBB", 32000, 32000, 8, 2, 0, 0, 0)
    chunk = (
        struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT" + bytes(4))
    return path


@pytest.mark.filterwarnings("error")
def test_decompression_bombs_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.png.*pixels"):
        pixels(huge_png(tmp_path / "a.png"))
    wide = write_png(tmp_path / "b.png", np.zeros((9500, 9500, 1), np.uint8))
    with pytest.raises(InputError, match=r"b\.png.*9500x9500.*MAX_IMAGE_PIXELS"):
        pixels(wide)


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tif", "gif", "webp", "ppm", "jp2"])
def test_truncated_and_damaged_files_are_refused_or_read(suffix, tmp_path):
    """Never anything but pixels or an InputError that names the file."""
    if suffix == "jp2" and "jpg_2000" not in features():
        pytest.skip("Pillow was built without JPEG 2000")
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(COLOURS).resize((40, 30)).save(path)
    whole = path.read_bytes()
    refused = 0
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        refused += is_refused(path)
    assert refused > 5
    for place in range(0, len(whole), max(1, len(whole) // 80)):
        for value in (0x00, 0xFF, whole[place] ^ 0x80):
            path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            is_refused(path)


def is_refused(path: Path) -> bool:
    spec = Preprocess(resize="exact", size=(4, 4))
    try:
        assert np.isfinite(spec.apply(path)).all()
    except InputError as error:
        assert path.name in str(error)  # noqa: PT017
        return True
    return False


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    for path in (tmp_path / "a.png", tmp_path, "/dev/zero"):
        thread = threading.Thread(target=expect_refusal, args=(path,), daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
        expect_refusal(path)


def expect_refusal(path: object) -> None:
    with pytest.raises(InputError, match="no regular file"):
        pixels(path)


@pytest.mark.parametrize("path", ["", "missing.png", "a\0b.png"])
def test_missing_files_are_named(path):
    with pytest.raises(InputError, match="Cannot read the image"):
        pixels(path)


@pytest.mark.parametrize("shape", [(1, 5000, 3), (5000, 1, 3)])
@pytest.mark.parametrize("resize", ["short_side", "exact", "letterbox"])
def test_extreme_shapes_cost_little_memory(shape, resize, tmp_path):
    code = f"""
import resource
import numpy as np
from edgert.preprocess import Preprocess
spec = Preprocess(resize={resize!r}, short_side=256, size=(224, 224))
image = np.random.default_rng(0).integers(0, 256, {shape}, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
spec.apply(image)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 64 * 1024  # KiB


def test_extreme_shapes_are_resized_as_pillow_does():
    """Only the part that stays is computed; Pillow itself computes all."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (1, 600, 3), np.uint8))
    side = 256
    whole = image.resize((side * 600, side), Image.Resampling.BILINEAR)
    left, top = round((whole.width - 224) / 2), round((whole.height - 224) / 2)
    expected = np.asarray(whole.crop((left, top, left + 224, top + 224))).astype(int)
    spec = Preprocess(short_side=side, size=(224, 224), scale=1, layout="nhwc")
    assert np.abs(spec.apply(image)[0] - expected).max() <= 1
