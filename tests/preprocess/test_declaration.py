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
