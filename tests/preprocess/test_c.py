"""The C example prepares an image as Python does, and tells the same classes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import pytest
from PIL import Image

import edgert
from edgert.preprocess import Preprocess
from tests import native

EXAMPLES = native.ROOT / "examples" / "c"
HEIGHT, WIDTH = 20, 24
# Landscape, smaller than the input, one line, as large as the input.
WIDE = [(61, 97), (13, 17), (1, 40), (HEIGHT, WIDTH)]
# Versions of Pillow differ in whether they resize rows or columns of these first.
TALL = [(83, 35), (50, 49), (40, 1)]
WRITE_INPUT = """
#include <stdio.h>
#include <stdlib.h>
#include "preprocess.h"

int main(int argc, char** argv) {
  edgert_model* model;
  edgert_session* session;
  edgert_error error;
  edgert_port port;
  Image image;
  if (argc != 4 || edgert_model_open(argv[1], 0, &model, &error) != EDGERT_OK ||
      edgert_session_create(model, 0, 1, &session, &error) != EDGERT_OK) {
    return 2;
  }
  edgert_session_input(session, 0, &port);
  void* input = malloc(port.size);
  const char* problem = image_read(argv[2], &image);
  if (problem == NULL) problem = preprocess(model, &port, &image, input);
  FILE* file = fopen(argv[3], "wb");
  if (problem == NULL) fwrite(input, 1, port.size, file);
  fclose(file);
  if (problem != NULL) puts(problem);
  return problem != NULL;
}
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The folder of `edgert-classify`, and of a program that writes the input to a file."""
    folder, library = tmp_path_factory.mktemp("c"), native.build()
    (folder / "write_input.c").write_text(WRITE_INPUT)
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined"]
    flags += ["-I", EXAMPLES, "-I", native.ROOT / "edgert" / "core" / "include"]
    libraries = ["-L", library, "-ledgert", f"-Wl,-rpath,{library}", "-lm"]
    for source in (folder / "write_input.c", EXAMPLES / "classify.c"):
        program = folder / source.stem
        native.run("cc", *flags, source, EXAMPLES / "preprocess.c", "-o", program, *libraries)
    return folder


def compiled(folder: Path, spec: str, channels: int = 3, **options: object) -> Path:
    shape = f"float[1, {channels}, {HEIGHT}, {WIDTH}]"
    model = onnx.parser.parse_model(
        f"""<ir_version: 8, opset_import: ["" : 17]>
        net ({shape} x) => (float[1, 16] scores) {{
          features = Conv <strides: ints = [4, 5]> (x, kernel)
          pooled = GlobalMaxPool (features)
          scores = Flatten (pooled)
        }}"""
    )
    rng = np.random.default_rng(1)
    kernel = rng.normal(size=(16, channels, 4, 4)).astype(np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(kernel, "kernel"))
    calibration = [rng.integers(0, 256, (70, 50, channels), np.uint8) for _ in range(4)]
    photos = folder / "photos"
    photos.mkdir(exist_ok=True)
    for i, image in enumerate(calibration):
        Image.fromarray(image.squeeze()).save(photos / f"{i}.png")
    bundle = folder / "model.edgert"
    edgert.compile(
        model, calibration=photos, preprocess=spec, precision="int8", output=bundle, **options
    )
    return bundle


def photo(size: tuple[int, int], channels: int) -> Image.Image:
    pixels = np.random.default_rng(sum(size)).integers(0, 256, (*size, channels), np.uint8)
    return Image.fromarray(pixels.squeeze(2) if channels == 1 else pixels)


@pytest.mark.parametrize("io_type", ["float32", "uint8", "int8"])
@pytest.mark.parametrize("io_layout", ["onnx", "nhwc"])
@pytest.mark.parametrize(
    ("spec", "channels"),
    [
        ("imagenet short_side=26", 3),
        ("signed", 3),
        ("unit resize=exact channels=bgr mean=0.1,0.2,0.3 std=0.5", 3),
        ("raw resize=letterbox pad_value=7", 3),
        ("signed resize=none channels=gray", 1),
    ],
)
def test_input_is_that_of_python(programs, tmp_path, spec, channels, io_layout, io_type):
    bundle = compiled(
        tmp_path, spec, channels, target_options={"io_type": io_type, "io_layout": io_layout}
    )
    session = edgert.InferenceSession(bundle)
    [port] = session.get_inputs()
    low, high = Preprocess.parse(spec).limits()
    level = (high - low) / 255 / (port.quantization[0] if port.quantization else 1)
    for size in WIDE + TALL:
        photo(size, channels).save(tmp_path / "photo.ppm")
        command = [programs / "write_input", bundle, tmp_path / "photo.ppm", tmp_path / "input"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            expected = session.preprocess(tmp_path / "photo.ppm")
        except edgert.InputError:
            assert done.returncode == 1
            assert done.stdout == "the image is smaller than the model's input\n"
            continue
        assert done.returncode == 0, done.stdout + done.stderr
        written = np.fromfile(tmp_path / "input", expected.dtype).reshape(expected.shape)
        if size in WIDE:
            np.testing.assert_array_equal(written, expected, str(size))
        else:
            difference = np.abs(written.astype(np.float64) - expected)
            assert difference.max() <= 1.001 * level + (io_type != "float32")
            assert difference.mean() <= level / 4


def test_classes_are_those_of_python(programs, tmp_path):
    labels = [f"thing {i}" for i in range(16)]
    bundle = compiled(tmp_path, "imagenet short_side=26", labels=labels)
    photo((61, 97), 3).save(tmp_path / "photo.ppm")
    printed = native.run(programs / "classify", bundle, tmp_path / "photo.ppm").splitlines()
    session = edgert.InferenceSession(bundle)
    [scores] = session.run(None, {"x": session.preprocess(tmp_path / "photo.ppm")})
    best = np.argsort(-scores[0], kind="stable")[:5]
    assert [line.split(maxsplit=2)[1:] for line in printed] == [[str(i), labels[i]] for i in best]
    np.testing.assert_allclose(
        [float(line.split()[0]) for line in printed], scores[0, best], atol=1e-4
    )


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is no binary PPM"),
        (b"P3\n1 1\n255\n1 2 3\n", "is no binary PPM"),
        (b"P6\n2 2\n65535\n" + bytes(24), "does not have 8 bits"),
        (b"P6 # a comment\n2\n2 255\n" + bytes(11), "ends too early"),
        (b"P6\n0 2\n255\n", "has no size"),
        (b"P6\n99999999999999999999 2\n255\n", "does not have 8 bits"),
        (b"P5\n30 30\n255\n" + bytes(900), "is gray"),
    ],
)
def test_a_file_that_is_no_such_image_is_one_line(programs, tmp_path, data, problem):
    bundle = compiled(tmp_path, "imagenet")
    (tmp_path / "photo.ppm").write_bytes(data)
    command = [programs / "classify", bundle, tmp_path / "photo.ppm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("spec", [None, "imagenet interpolation=lanczos"])
def test_what_the_example_cannot_do_is_said(programs, tmp_path, spec):
    bundle = compiled(tmp_path, spec or "raw")
    if spec is None:
        model = onnx.parser.parse_model(
            """<ir_version: 8, opset_import: ["" : 17]>
            net (float[1, 3, 20, 24] x) => (float[1, 3, 1, 1] y) { y = GlobalMaxPool (x) }"""
        )
        edgert.compile(model, precision="fp32", output=bundle)
    photo((61, 97), 3).save(tmp_path / "photo.ppm")
    command = [programs / "classify", bundle, tmp_path / "photo.ppm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert ("lanczos" in str(spec)) == ("another interpolation than bilinear" in done.stderr)
    assert done.stderr.count("\n") == 1
