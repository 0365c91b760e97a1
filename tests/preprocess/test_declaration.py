import json

import numpy as np
import pytest
from PIL import Image

from edgert.errors import InputError
from edgert.preprocess import Preprocess


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), np.uint8)


def test_normalization_matches_the_formula():
    spec = Preprocess.parse("imagenet resize=none").for_shape((1, 3, 8, 8))
    image = picture(8, 8)
    expected = (image / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    result = spec.apply(image)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result[0], expected.transpose(2, 0, 1), rtol=1e-5, atol=1e-6)


def test_bgr_reverses_channels_before_the_mean():
    spec = Preprocess.parse("resize=none channels=bgr scale=1 mean=1,2,3").for_shape((1, 4, 4, 3))
    image = picture(4, 4)
    np.testing.assert_array_equal(spec.apply(image)[0], image[..., ::-1] - np.float32([1, 2, 3]))


def test_gray_has_one_channel():
    spec = Preprocess.parse("unit channels=gray").for_shape((1, 1, 4, 4))
    image = np.arange(16, dtype=np.uint8).reshape(4, 4)
    np.testing.assert_allclose(spec.apply(image)[0, 0], image / 255, rtol=1e-6)


def test_centre_crop():
    spec = Preprocess.parse("raw resize=none size=2x4")
    image = picture(6, 10)
    np.testing.assert_array_equal(spec.apply(image)[0].transpose(1, 2, 0), image[2:4, 3:7])


@pytest.mark.parametrize(("height", "width"), [(300, 500), (500, 300), (100, 100)])
def test_short_side_matches_pillow(height, width):
    spec = Preprocess.parse("raw short_side=64 size=56")
    image = picture(height, width)
    short = min(height, width)
    scaled = Image.fromarray(image).resize(
        (64 * width // short, 64 * height // short), Image.Resampling.BILINEAR
    )
    left, top = round((scaled.width - 56) / 2), round((scaled.height - 56) / 2)
    expected = np.asarray(scaled)[top : top + 56, left : left + 56]
    np.testing.assert_array_equal(spec.apply(image)[0].transpose(1, 2, 0), expected)


@pytest.mark.parametrize(("height", "width"), [(30, 50), (50, 30), (7, 333)])
def test_short_side_without_a_number_just_covers_the_crop(height, width):
    assert Preprocess.parse("raw size=24x40").apply(picture(height, width)).shape == (1, 3, 24, 40)


def test_letterbox_fills_the_border():
    result = Preprocess.parse("raw resize=letterbox size=8x8 pad_value=7").apply(picture(4, 8))[0]
    assert (result[:, :2] == 7).all()
    assert (result[:, 6:] == 7).all()
    assert (result[:, 2:6] != 7).any()


def test_exact_stretches():
    image = picture(4, 4)
    result = Preprocess.parse("raw resize=exact size=8x8 interpolation=nearest").apply(image)[0]
    np.testing.assert_array_equal(result.transpose(1, 2, 0), image.repeat(2, 0).repeat(2, 1))


def test_path_image_and_array_agree(tmp_path):
    image = Image.fromarray(picture(9, 9))
    image.save(tmp_path / "image.png")
    spec = Preprocess.parse("signed size=8")
    expected = spec.apply(np.asarray(image))
    np.testing.assert_array_equal(spec.apply(image), expected)
    np.testing.assert_array_equal(spec.apply(tmp_path / "image.png"), expected)


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_file_equals_compact_string(tmp_path, suffix):
    path = tmp_path / f"spec.{suffix}"
    path.write_text(json.dumps({"preset": "imagenet", "size": [8, 9], "pad_value": 3}))
    assert Preprocess.parse(path) == Preprocess.parse("imagenet size=8x9 pad_value=3")


@pytest.mark.parametrize("spec", ["imagenet", "raw channels=bgr mean=1,2,3 size=8 layout=nhwc"])
def test_json_round_trip(spec):
    assert Preprocess.from_json(Preprocess.parse(spec).to_json()) == Preprocess.parse(spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("imagnet", "imagnet"),
        ("resize=stretch", "resize is 'stretch'"),
        ("std=0", "std"),
        ("mean=1,2", "mean has 2 numbers"),
        ("colour=rgb", "colour"),
        ("size=a", "size|int"),
        ("missing.yaml", "missing.yaml"),
    ],
)
def test_mistakes_are_named(spec, message):
    with pytest.raises(InputError, match=message):
        Preprocess.parse(spec)


def test_a_model_without_image_input_is_refused():
    with pytest.raises(InputError, match=r"\[1, 10\]"):
        Preprocess().for_shape((1, 10))


def test_image_smaller_than_the_crop_is_refused():
    with pytest.raises(InputError, match="4x4 pixels"):
        Preprocess.parse("raw resize=none size=8").apply(picture(4, 4))


def test_not_an_image_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_text("no image")
    with pytest.raises(InputError, match=r"a\.jpg"):
        Preprocess.parse("raw size=8").apply(tmp_path / "a.jpg")


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos", "box"])
@pytest.mark.parametrize(("height", "width"), [(37, 61), (61, 37), (20, 30), (15, 23), (224, 224)])
def test_geometry_is_that_of_plain_pillow(height, width, interpolation):
    """Rounding as torchvision's Resize and CenterCrop, and as letterboxes of detectors, do it."""
    image = Image.fromarray(picture(height, width))
    resample = getattr(Image.Resampling, interpolation.upper())
    short, wanted = 33, (20, 30)
    side = min(height, width)
    scaled = image.resize((int(short * width / side), int(short * height / side)), resample)
    top, left = (round((a - b) / 2.0) for a, b in zip(scaled.size[::-1], wanted))
    crop = np.asarray(scaled)[top : top + 20, left : left + 30]

    factor = min(20 / height, 30 / width)
    small = image.resize((round(width * factor), round(height * factor)), resample)
    boxed = np.full((20, 30, 3), 114, np.uint8)
    y = round((20 - small.height) / 2 - 0.1)
    x = round((30 - small.width) / 2 - 0.1)
    boxed[y : y + small.height, x : x + small.width] = np.asarray(small)

    expected = {
        "short_side=33": crop,
        "resize=letterbox": boxed,
        "resize=exact": np.asarray(image.resize((30, 20), resample)),
    }
    for spec, pixels in expected.items():
        declared = Preprocess.parse(f"raw {spec} layout=nhwc interpolation={interpolation}")
        bound = declared.for_shape((1, 20, 30, 3))
        np.testing.assert_array_equal(bound.apply(image)[0], pixels, err_msg=spec)


NONSENSE = {
    "resize": ["stretch", 5, ["exact"], "", b"exact"],
    "short_side": [0, -5, 1.5, "1e3", float("nan"), float("inf"), 1 << 40, "x", [1]],
    "size": [0, "0x5", "-1x5", "1x2x3", [], [1, 2, 3], [1e400, 2], "99999x99999", 10**9, "axb", {}],
    "channels": ["cmyk", None, 3, ["rgb"]],
    "scale": [0, "nan", "inf", float("-inf"), 1e39, 1e-60, "x", None, [1]],
    "mean": [
        "nan",
        [0, 0, float("inf")],
        1e39,
        "",
        "1,2",
        [],
        [1, 2],
        None,
        {"a": 1},
        [[1]],
        "abc",
    ],
    "std": [0, "-0.0", "nan", "inf", [1, 0, 1], 1e-60, None, []],
    "layout": ["chwn", 5],
    "interpolation": ["magic", None],
    "pad_value": [-1, 256, 1.5, "x", None],
    "dtype": ["float32", "uint3", "bool", 8],
    "colour": ["rgb"],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in NONSENSE.items() for value in values]
)
def test_values_that_make_no_sense_are_one_error(field, value):
    with pytest.raises(InputError, match=field if field != "size" else "size|Preprocessing"):
        Preprocess.parse({field: value})
    if field != "colour":
        with pytest.raises(InputError, match="Preprocessing"):
            Preprocess(**{field: value})
    if not isinstance(value, bytes):
        with pytest.raises(InputError, match="Preprocessing"):
            Preprocess.from_json(json.dumps({field: value}))


def test_numbers_beyond_float32_are_refused():
    for fields in ({"scale": 1e30, "std": 1e-30}, {"mean": 1e38, "std": 1e-3}):
        with pytest.raises(InputError, match="float32"):
            Preprocess(**fields)


@pytest.mark.parametrize(
    "text", ["", "null", "[1]", "5", '"x"', "{", "[" * 100_000, '{"a": 1}', "\ud800"]
)
def test_json_that_is_no_declaration_is_one_error(text):
    with pytest.raises(InputError, match="Preprocessing"):
        Preprocess.from_json(text)


@pytest.mark.parametrize("suffix", ["json", "yaml"])
@pytest.mark.parametrize(
    "content",
    [
        "[1]",
        "",
        "[" * 20_000,
        "a: &a [*a]",
        "\0\1",
        "mean: 2020-01-01",
        "<<: 5",
        "b: &b [x,x,x]\nc: &c [*b,*b,*b]\nmean: [*c,*c,*c]",
        "!!python/object/apply:os.getcwd []",
    ],
)
def test_files_that_are_no_declaration_are_one_error(tmp_path, suffix, content):
    (tmp_path / f"spec.{suffix}").write_text(content)
    with pytest.raises(InputError, match=rf"spec\.{suffix}|Preprocessing"):
        Preprocess.parse(tmp_path / f"spec.{suffix}")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (None, "NoneType"),
        (5, "int"),
        (b"imagenet", "bytes"),
        ("", "empty"),
        ("  ", "empty"),
        ("mean=1 mean=2", "twice"),
        ("imagenet signed", "signed"),
    ],
)
def test_what_is_no_declaration_is_refused(spec, message):
    with pytest.raises(InputError, match=message):
        Preprocess.parse(spec)


@pytest.mark.parametrize(
    ("spec", "shape", "message"),
    [
        ("raw", (1, 3, None, None), "None"),
        ("raw", (1, 3, 0, 8), r"\[1, 3, 0, 8\]"),
        ("raw", (1, 4, 8, 8), r"\[1, 4, 8, 8\]"),
        ("raw size=9", (1, 3, 8, 8), "leave size out"),
        ("raw layout=nhwc", (1, 3, 8, 8), "nhwc"),
        ("raw short_side=7", (1, 3, 8, 8), "7 pixels is less"),
        ("raw dtype=uint8", (1, 3, 8, 8), "declares uint8.*float32"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(spec, shape, message):
    with pytest.raises(InputError, match=message):
        Preprocess.parse(spec).for_shape(shape)


@pytest.mark.parametrize(
    ("spec", "dtype", "fits"),
    [
        ("raw", "uint8", True),
        ("raw", "int16", True),
        ("raw mean=128", "int8", True),
        ("raw mean=128", "uint8", False),
        ("raw", "int8", False),
        ("unit std=0.00392156862745098", "uint8", True),
        ("unit", "int32", False),
        ("raw std=2", "uint8", False),
    ],
)
def test_whole_numbers_for_inputs_of_integers(spec, dtype, fits):
    declared = Preprocess.parse(f"{spec} resize=none")
    if not fits:
        with pytest.raises(InputError, match=f"the model's input is {dtype}"):
            declared.for_shape((1, 3, 8, 8), dtype)
        return
    image = picture(8, 8)
    result = declared.for_shape((1, 3, 8, 8), dtype).apply(image)
    assert result.dtype == dtype
    expected = image.transpose(2, 0, 1).astype(int) - (128 if "mean" in spec else 0)
    np.testing.assert_array_equal(result[0], expected)
    assert Preprocess.from_json(declared.for_shape((1, 3, 8, 8), dtype).to_json()).dtype == dtype
