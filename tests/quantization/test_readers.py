import zipfile

import numpy as np
import onnx
import pytest
from onnxruntime.quantization import CalibrationDataReader
from PIL import Image

from edgert.errors import InputError
from edgert.preprocess import Preprocess
from edgert_compiler.quantization.readers import InputSpec, open_calibration

ONE = (InputSpec("x", np.dtype(np.float32), (1, 2, 3)),)
TWO = (*ONE, InputSpec("ids", np.dtype(np.int64), (1, 4)))
STACK = np.arange(30, dtype=np.float32).reshape(5, 2, 3)


def read(source, inputs=ONE, preprocess=None):
    return list(open_calibration(source, inputs, preprocess))


def assert_is_stack(feeds):
    np.testing.assert_array_equal(np.concatenate([feed["x"] for feed in feeds]), STACK)
    assert all(feed["x"].shape == (1, 2, 3) and feed["x"].dtype == np.float32 for feed in feeds)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batched", [True, False])
def test_iterable(dtype, batched):
    assert_is_stack(read({"x": s[None] if batched else s} for s in STACK.astype(dtype)))


def test_onnxruntime_reader():
    class Reader(CalibrationDataReader):
        def __init__(self):
            self.samples = iter(STACK)

        def get_next(self):
            sample = next(self.samples, None)
            return None if sample is None else {"x": sample[None]}

    assert_is_stack(read(Reader()))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path, save):
    save(tmp_path / "data.npz", x=STACK)
    assert_is_stack(read(tmp_path / "data.npz"))


def test_npz_is_read_sample_by_sample(tmp_path):
    np.savez(tmp_path / "data.npz", x=np.zeros((100_000, 2, 3), np.float32))
    feeds = open_calibration(tmp_path / "data.npz", ONE)
    assert next(feeds)["x"].shape == (1, 2, 3)


def test_npz_with_two_inputs(tmp_path):
    ids = np.arange(20).reshape(5, 4)
    np.savez(tmp_path / "data.npz", x=STACK, ids=ids)
    feeds = read(str(tmp_path / "data.npz"), TWO)
    assert_is_stack(feeds)
    np.testing.assert_array_equal(np.concatenate([feed["ids"] for feed in feeds]), ids)


def test_npz_for_a_larger_batch(tmp_path):
    np.savez(tmp_path / "data.npz", x=STACK)
    feeds = read(tmp_path / "data.npz", (InputSpec("x", np.dtype(np.float32), (2, 2, 3)),))
    np.testing.assert_array_equal(np.concatenate([feed["x"] for feed in feeds]), STACK[:4])


@pytest.mark.parametrize("suffix", ["npy", "npz"])
@pytest.mark.parametrize("per_file", [1, 2])
def test_folder_of_arrays(tmp_path, suffix, per_file):
    for number, start in enumerate(range(0, 4, per_file)):
        part = STACK[start : start + per_file]
        part = part[0] if per_file == 1 else part
        path = tmp_path / f"{number}.{suffix}"
        np.save(path, part) if suffix == "npy" else np.savez(path, x=part)
    feeds = read(tmp_path)
    np.testing.assert_array_equal(np.concatenate([feed["x"] for feed in feeds]), STACK[:4])


def test_images(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), np.uint8)
    (tmp_path / "sub").mkdir()
    Image.fromarray(pixels[0]).save(tmp_path / "a.png")
    Image.fromarray(pixels[1]).save(tmp_path / "sub" / "b.png")
    inputs = (InputSpec("image", np.dtype(np.float32), (1, 3, 4, 4)),)
    feeds = read(tmp_path, inputs, Preprocess.parse("raw resize=none"))
    images = np.concatenate([feed["image"] for feed in feeds])
    np.testing.assert_array_equal(images.transpose(0, 2, 3, 1), pixels)


def test_images_need_preprocessing(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="--preprocess"):
        read(tmp_path, (InputSpec("image", np.dtype(np.float32), (1, 3, 4, 4)),))


def test_onnx_test_data(tmp_path):
    ids = np.arange(4).reshape(1, 4)
    for number, sample in enumerate(STACK):
        folder = tmp_path / f"test_data_set_{number}"
        folder.mkdir()
        for index, (array, name) in enumerate([(sample[None], "x"), (ids, "ids")]):
            tensor = onnx.numpy_helper.from_array(array, name)
            (folder / f"input_{index}.pb").write_bytes(tensor.SerializeToString())
    assert_is_stack(read(tmp_path, TWO))
    assert len(read(tmp_path / "test_data_set_0", TWO)) == 1


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ({"y": STACK[0]}, "lacks the model's input 'x'.*'y'"),
        ({"x": STACK}, r"shape \[5, 2, 3\].*'x'.*\[1, 2, 3\]"),
        ({"x": STACK[0].astype(int)}, "type int64"),
        (STACK[0], "ndarray"),
    ],
)
def test_mistakes_are_named(sample, message):
    with pytest.raises(InputError, match=message):
        read([sample])


def test_no_sample_is_a_mistake():
    with pytest.raises(InputError, match="no sample"):
        read([])


def test_a_mapping_is_not_an_iterable_of_samples():
    with pytest.raises(InputError, match="dict"):
        read({"x": STACK})


def test_missing_and_unknown_paths(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no calibration data"):
        read(tmp_path)


def test_truncated_npz(tmp_path):
    np.savez(tmp_path / "data.npz", x=STACK)
    data = (tmp_path / "data.npz").read_bytes()
    (tmp_path / "data.npz").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"data\.npz"):
        read(tmp_path / "data.npz")


@pytest.mark.parametrize(
    "content", [b"", b"PK\3\4" + b"x" * 40, b"\x93NUMPY\1\0\xff\0" + b"(" * 255]
)
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_damaged_arrays_are_named(tmp_path, content, suffix):
    path = tmp_path / f"data.{suffix}"
    path.write_bytes(content)
    for source in (tmp_path, path)[: 1 + (suffix == "npz")]:
        with pytest.raises(InputError, match=r"data\.np"):
            read(source)


def test_an_archive_of_other_files_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x", b"no array")
    with pytest.raises(InputError, match=r"data\.npz"):
        read(tmp_path / "data.npz")


def test_integers_that_do_not_fit_are_refused():
    spec = (InputSpec("ids", np.dtype(np.int8), (1, 2)),)
    assert read([{"ids": np.array([1, 2])}], spec)[0]["ids"].dtype == np.int8
    with pytest.raises(InputError, match="type int64"):
        read([{"ids": np.array([1, 300])}], spec)
