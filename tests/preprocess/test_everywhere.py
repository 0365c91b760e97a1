"""One declaration, one answer: whatever the ports look like, and wherever it is applied."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import onnxruntime
import pytest
from PIL import Image

import edgert
import edgert.compat.onnxruntime as shim
from edgert._flatbuffers import read_root
from edgert.cli.group import cli
from edgert.compat.tflite import Interpreter
from edgert.preprocess import Preprocess
from edgert_compiler.importer.tflite.schema import schema
from edgert_compiler.quantization.readers import InputSpec, open_calibration
from tests.delegates.conftest import evaluated_coreml  # noqa: F401  (a fixture)

HEIGHT, WIDTH = 20, 24
PHOTOS = 5


def weights(*shape: int) -> np.ndarray:
    values = np.random.default_rng(sum(shape)).normal(size=shape)
    return (values / np.sqrt(values[0].size)).astype(np.float32)


NETWORK = """
  features = Conv <strides: ints = [2, 2], pads: ints = [1, 1, 1, 1]> ({x}, kernel)
  active = Relu (features)
  pooled = GlobalAveragePool (active)
  flat = Flatten (pooled)
  logits = Gemm (flat, matrix)
"""
FORMS = {
    "nchw": ("1, {c}, {h}, {w}", "", "x"),
    "nhwc": ("1, {h}, {w}, {c}", "t = Transpose <perm: ints = [0, 3, 1, 2]> (x)", "t"),
    # Float operators read its input.
    "nhwc behind arithmetic": (
        "1, {h}, {w}, {c}",
        "d = Mul (x, two) t = Transpose <perm: ints = [0, 3, 1, 2]> (d)",
        "t",
    ),
}


@cache
def network(form: str, channels: int) -> bytes:
    shape, before, x = FORMS[form]
    shape = shape.format(c=channels, h=HEIGHT, w=WIDTH)
    return model(
        f"(float[{shape}] x) => (float[1, 6] logits) <float two = {{2.0}}>",
        f"{before} {NETWORK.format(x=x)}",
        channels,
    )


def model(ports: str, nodes: str, channels: int = 3) -> bytes:
    proto = onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 17]> net {ports} {{ {nodes} }}'
    )
    constants = {"kernel": weights(16, channels, 3, 3), "matrix": weights(16, 6) * 8}
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(array, name) for name, array in constants.items()
    )
    return proto.SerializeToString()


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for number in range(PHOTOS):
        height, width = rng.integers(30, 70, 2)
        corners = rng.integers(0, 256, (3, 4, 3), np.uint8)
        picture = Image.fromarray(corners).resize((width, height), Image.Resampling.BICUBIC)
        noise = rng.integers(-20, 20, (height, width, 3))
        pixels = (np.asarray(picture).astype(int) + noise).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


# Declarations, and what they mean with Pillow and numpy alone: float64 [H, W, C].
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def cropped(image: Image.Image, short: int) -> Image.Image:
    width, height = image.size
    side = min(width, height)
    image = image.resize((short * width // side, short * height // side), Image.Resampling.BILINEAR)
    left, top = round((image.width - WIDTH) / 2), round((image.height - HEIGHT) / 2)
    return image.crop((left, top, left + WIDTH, top + HEIGHT))


def boxed(image: Image.Image, fill: int) -> np.ndarray:
    factor = min(WIDTH / image.width, HEIGHT / image.height)
    width, height = round(image.width * factor), round(image.height * factor)
    canvas = np.full((HEIGHT, WIDTH, 3), fill, np.uint8)
    left, top = (WIDTH - width) // 2, (HEIGHT - height) // 2
    small = image.resize((width, height), Image.Resampling.BICUBIC)
    canvas[top : top + height, left : left + width] = np.asarray(small)
    return canvas


SPECS = {
    "imagenet short_side=26": (3, lambda i: (np.asarray(cropped(i, 26)) / 255 - MEAN) / STD),
    "raw resize=letterbox channels=bgr interpolation=bicubic pad_value=9 mean=1,2,3 std=50": (
        3,
        lambda i: (boxed(i, 9)[..., ::-1] - np.array([1.0, 2.0, 3.0])) / 50,
    ),
    "signed resize=exact channels=gray": (
        1,
        lambda i: (
            np.asarray(i.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))[..., None]
            / 127.5
            - 1
        ),
    ),
}


def reference(spec: str, photo: Path, form: str) -> np.ndarray:
    """float32, as the ONNX model takes it."""
    with Image.open(photo) as image:
        made = SPECS[spec][1](image).astype(np.float32)
    return np.ascontiguousarray(
        (made if form.startswith("nhwc") else made.transpose(2, 0, 1))[None]
    )


@cache
def compiled(form: str, spec: str, photos: Path, target: str = "host", **options: str) -> bytes:
    channels = SPECS[spec][0]
    report = edgert.compile(
        network(form, channels),
        target=target,
        calibration=photos,
        preprocess=spec,
        target_options=options,
    )
    return report.bundle


def real(stored: np.ndarray, quantization: tuple[float, int] | None) -> np.ndarray:
    if quantization is None:
        return stored
    scale, zero_point = quantization
    return (stored.astype(np.float32) - zero_point) * np.float32(scale)


def quantized(values: np.ndarray, dtype: object, scale: float, zero_point: int) -> np.ndarray:
    limits = np.iinfo(dtype)
    steps = np.rint(values.astype(np.float32) / np.float32(scale)) + zero_point
    return steps.clip(limits.min, limits.max).astype(dtype)


forms = pytest.mark.parametrize("form", FORMS)
specs = pytest.mark.parametrize("spec", SPECS)
types = pytest.mark.parametrize(
    ("io_type", "dtypes"),
    [
        ("float32", ("float32", "float32")),
        ("int8", ("int8", "int8")),
        ("uint8", ("uint8", "uint8")),
        ("inputs=uint8", ("uint8", "float32")),
        ("x=int8,logits=uint8", ("int8", "uint8")),
    ],
)
layouts = pytest.mark.parametrize("io_layout", ["onnx", "nhwc"])


@forms
@specs
def test_calibration_sees_what_the_declaration_says(form, spec, photos):
    shape = tuple(int(n) for n in shape_of(form, spec).split(","))
    inputs = (InputSpec("x", np.dtype(np.float32), shape),)
    feeds = list(open_calibration(photos, inputs, Preprocess.parse(spec)))
    assert len(feeds) == PHOTOS
    for feed, photo in zip(feeds, sorted(photos.iterdir())):
        np.testing.assert_allclose(feed["x"], reference(spec, photo, form), rtol=1e-5, atol=2e-6)


def shape_of(form: str, spec: str) -> str:
    return FORMS[form][0].format(c=SPECS[spec][0], h=HEIGHT, w=WIDTH)


@forms
@specs
@types
@layouts
def test_sessions(form, spec, io_type, dtypes, io_layout, photos):
    bundle = compiled(form, spec, photos, io_type=io_type, io_layout=io_layout)
    session = edgert.InferenceSession(bundle)
    [port], [output] = session.get_inputs(), session.get_outputs()
    assert (port.dtype, output.dtype) == dtypes
    last = io_layout == "nhwc" or form != "nchw"
    assert port.shape[3 if last else 1] == SPECS[spec][0]
    plain = edgert.InferenceSession(compiled(form, spec, photos))
    for photo in sorted(photos.iterdir()):
        values = reference(spec, photo, form)
        made = session.preprocess(photo)
        assert (made.dtype.name, list(made.shape)) == (port.dtype, port.shape)
        step = port.quantization[0] if port.quantization else 1e-5
        seen = real(made, port.quantization)
        moved = values.transpose(0, 2, 3, 1) if form == "nchw" and last else values
        clipped = moved.clip(*limits(port)) if port.quantization else moved
        np.testing.assert_allclose(seen, clipped, atol=step * 0.5001)

        [expected] = plain.run(None, {"x": plain.preprocess(photo)})
        [found] = session.run(None, {"x": made})
        if output.dtype == "float32" and "arithmetic" not in form:
            np.testing.assert_array_equal(found, expected)
        else:
            scale = output.quantization[0] if output.quantization else 0.0
            np.testing.assert_allclose(
                real(found, output.quantization), expected, atol=scale + 0.02 * np.ptp(expected)
            )
        [truth] = onnx_session(form, spec).run(None, {"x": values})
        assert np.corrcoef(real(found, output.quantization).ravel(), truth.ravel())[0, 1] > 0.99
        for array in (Image.open(photo), np.asarray(Image.open(photo))):
            np.testing.assert_array_equal(session.preprocess(array), made)


def limits(port: edgert.NodeArg) -> tuple[float, float]:
    ends = np.iinfo(port.dtype)
    return tuple(real(np.array([ends.min, ends.max]), port.quantization).tolist())


@cache
def onnx_session(form: str, spec: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(network(form, SPECS[spec][0]))


@forms
@types
@layouts
def test_command_line_and_shims(form, io_type, dtypes, io_layout, photos, tmp_path):
    from click.testing import CliRunner

    spec, photo = next(iter(SPECS)), min(photos.iterdir())
    bundle = compiled(form, spec, photos, io_type=io_type, io_layout=io_layout)
    path = tmp_path / "m.edgert"
    path.write_bytes(bundle)
    session = edgert.InferenceSession(bundle)
    [expected] = session.run(None, {"x": session.preprocess(photo)})

    arguments = ["run", str(path), "--input", str(photo), "--output-dir", str(tmp_path)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    np.testing.assert_array_equal(np.load(tmp_path / "logits.npy"), expected)

    # Programs for other runtimes quantize by themselves, from what the ports tell.
    interpreter = Interpreter(model_path=path)
    interpreter.allocate_tensors()
    [detail] = interpreter.get_input_details()
    values = reference(spec, photo, form)
    if tuple(detail["shape"]) != values.shape:
        values = values.transpose(0, 2, 3, 1)
    scale, zero_point = detail["quantization"]
    if scale:
        values = quantized(values, detail["dtype"], scale, zero_point)
    interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    [output] = interpreter.get_output_details()
    step = output["quantization"][0] or 0.01 * np.ptp(expected)
    found = interpreter.get_tensor(output["index"])
    assert found.dtype == dtypes[1]
    np.testing.assert_allclose(found, expected, atol=1.01 if output["quantization"][0] else step)

    [other] = shim.InferenceSession(path).run(None, {"x": values})
    np.testing.assert_array_equal(other, found)


@forms
@specs
@types
def test_tflite_files(form, spec, io_type, dtypes, photos):
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    data = compiled(form, spec, photos, target="tflite", io_type=io_type)
    interpreter = litert.Interpreter(model_content=data)
    interpreter.allocate_tensors()
    [detail], [output] = interpreter.get_input_details(), interpreter.get_output_details()
    assert (np.dtype(detail["dtype"]).name, np.dtype(output["dtype"]).name) == dtypes
    declared = Preprocess.from_json(metadata(data)["edgert.preprocessing"])
    plain = edgert.InferenceSession(compiled(form, spec, photos))
    for photo in sorted(photos.iterdir()):
        values = declared.for_shape(detail["shape"].tolist()).apply(photo)
        if detail["quantization"][0]:
            values = quantized(values, detail["dtype"], *detail["quantization"])
        interpreter.set_tensor(detail["index"], values)
        interpreter.invoke()
        found = interpreter.get_tensor(output["index"])
        if output["quantization"][0]:
            found = real(found, output["quantization"])
        [expected] = plain.run(None, {"x": plain.preprocess(photo)})
        np.testing.assert_allclose(found, expected, atol=0.05 * np.ptp(expected))


@forms
@specs
def test_onnx_files(form, spec, photos):
    """The optimized model with Q/DQ nodes, on onnxruntime."""
    data = compiled(form, spec, photos, target="onnx")
    properties = {p.key: p.value for p in onnx.load_from_string(data).metadata_props}
    session = onnxruntime.InferenceSession(data)
    bound = Preprocess.from_json(properties["edgert.preprocessing"])
    for photo in sorted(photos.iterdir()):
        [found] = session.run(None, {"x": bound.apply(photo)})
        [truth] = onnx_session(form, spec).run(None, {"x": reference(spec, photo, form)})
        np.testing.assert_allclose(found, truth, atol=0.08 * np.ptp(truth))


def metadata(data: bytes) -> dict[str, str]:
    model = read_root(schema(), data)
    return {
        entry.name: bytes(model.buffers[entry.buffer].data).decode() for entry in model.metadata
    }


@types
@pytest.mark.parametrize("providers", [None, ["TFLite", "CPU"]])
def test_delegated_bundles(io_type, dtypes, providers, photos, tmp_path):
    if "TFLite" not in edgert.get_available_providers():
        pytest.skip("ai-edge-litert is not installed")
    spec, path = next(iter(SPECS)), tmp_path / "m.edgert"
    report = edgert.compile(
        network("nchw", 3),
        target="tflite",
        calibration=photos,
        preprocess=spec,
        output=path,
        io_type=io_type,
    )
    session = edgert.InferenceSession(path, providers=providers, strict=providers is not None)
    [port], [output] = session.get_inputs(), session.get_outputs()
    assert (port.dtype, output.dtype) == dtypes
    delegated = {part.provider for part in session.get_partitions()} != {"CPU"}
    assert delegated == (providers is not None), report.notes
    for photo in sorted(photos.iterdir()):
        [found] = session.run(None, {"x": session.preprocess(photo)})
        [truth] = onnx_session("nchw", spec).run(None, {"x": reference(spec, photo, "nchw")})
        found = real(found, output.quantization)
        np.testing.assert_allclose(found, truth, atol=0.08 * np.ptp(truth))


@pytest.mark.parametrize("provider", ["CPU", "CoreML"])
def test_bundles_with_core_ml_partitions(provider, photos, tmp_path, evaluated_coreml):  # noqa: F811
    spec, path = next(iter(SPECS)), tmp_path / "m.edgert"
    edgert.compile(network("nchw", 3), target="coreml", preprocess=spec, output=path)
    session = edgert.InferenceSession(path, providers=[provider], strict=True)
    photo = min(photos.iterdir())
    made = session.preprocess(photo)
    np.testing.assert_allclose(made, reference(spec, photo, "nchw"), rtol=1e-5, atol=2e-6)
    [found] = session.run(None, {"x": made})
    [truth] = onnx_session("nchw", spec).run(None, {"x": made})
    np.testing.assert_allclose(found, truth, atol=0.03 * np.ptp(truth))


@forms
@specs
def test_core_ml_packages(form, spec, photos, tmp_path):
    pytest.importorskip("coremltools")
    from tests.coreml.packages import compiled as package_of
    from tests.coreml.packages import run

    channels = SPECS[spec][0]
    _, package = package_of(network(form, channels), tmp_path, precision="fp32", preprocess=spec)
    stored = package.spec.description.metadata.userDefined["edgert.preprocess"]
    for photo in sorted(photos.iterdir()):
        # The app resizes and crops; the package gets pixels in the declared order.
        fields = {"scale": 1.0, "mean": 0.0, "std": 1.0, "layout": "nchw"}
        app = Preprocess.from_json(json.dumps({**json.loads(stored), **fields}))
        [found] = run(package, [app.apply(photo)])
        [truth] = onnx_session(form, spec).run(None, {"x": reference(spec, photo, form)})
        np.testing.assert_allclose(found, truth, atol=1e-3 * np.ptp(truth))


# Models whose own input has integers.
IMAGE = f"[1, 3, {HEIGHT}, {WIDTH}] x) => (float[1, 6] logits) "
FLOATS = {"float16": "float16", "double": "float64", "bfloat16": "bfloat16"}
CAST = "t = Cast <to = 1> (x)" + NETWORK.format(x="t")
DEQUANTIZE = "t = DequantizeLinear (x, s, z)" + NETWORK.format(x="t")
QUANTIZED = {
    "uint8": "<float s = {0.0078125}, uint8 z = {128}>",
    "int8": "<float s = {0.0078125}, int8 z = {0}>",
}


@pytest.mark.parametrize("calibrated", [False, True])
def test_models_that_take_pixels(calibrated, photos):
    source = model(f"(uint8{IMAGE}", CAST)
    options = {"calibration": photos} if calibrated else {"precision": "fp32"}
    bundle = edgert.compile(source, preprocess="raw", **options).bundle
    session = edgert.InferenceSession(bundle)
    photo = min(photos.iterdir())
    made = session.preprocess(photo)
    assert made.dtype == np.uint8
    with Image.open(photo) as image:
        factor = max(HEIGHT / image.height, WIDTH / image.width)
        size = max(WIDTH, round(image.width * factor)), max(HEIGHT, round(image.height * factor))
        pixels = np.asarray(image.resize(size, Image.Resampling.BILINEAR))
    top, left = round((pixels.shape[0] - HEIGHT) / 2), round((pixels.shape[1] - WIDTH) / 2)
    pixels = pixels[top : top + HEIGHT, left : left + WIDTH]
    np.testing.assert_array_equal(made[0].transpose(1, 2, 0), pixels)
    [truth] = onnxruntime.InferenceSession(source).run(None, {"x": made})
    [found] = session.run(None, {"x": made})
    np.testing.assert_allclose(found, truth, atol=(0.05 if calibrated else 1e-5) * np.ptp(truth))


@pytest.mark.parametrize("dtype", QUANTIZED)
@pytest.mark.parametrize("spec", ["signed", "raw"])
def test_models_that_take_quantized_pixels(dtype, spec, photos):
    source = model(f"({dtype}{IMAGE}{QUANTIZED[dtype]}", DEQUANTIZE)
    photo = min(photos.iterdir())
    if (dtype, spec) == ("int8", "raw"):
        with pytest.raises(edgert.InputError, match=r"0 to 255.*int8.*holds -1 to 0\.99"):
            edgert.compile(source, precision="fp32", preprocess=spec)
        return
    bundle = edgert.compile(source, precision="fp32", preprocess=spec).bundle
    session = edgert.InferenceSession(bundle)
    made = session.preprocess(photo)
    pixels = Preprocess.parse("raw").for_shape((1, 3, HEIGHT, WIDTH)).apply(photo)
    expected = pixels if dtype == "uint8" else pixels - 128
    assert made.dtype == dtype
    np.testing.assert_allclose(made, expected, atol=1)
    [truth] = onnxruntime.InferenceSession(source).run(None, {"x": made})
    np.testing.assert_allclose(session.run(None, {"x": made})[0], truth, atol=1e-5 * np.ptp(truth))


@pytest.mark.parametrize(
    ("ports", "nodes", "spec", "message"),
    [
        (f"(uint8{IMAGE}", CAST, "signed", "-1 to 1.*uint8.*'raw'"),
        (f"(int8{IMAGE}", CAST, "raw", "0 to 255.*int8"),
        (f"(int32{IMAGE}", CAST, "imagenet", "int32.*'raw'"),
        (
            f"(uint8{IMAGE}<float s = {{1.0}}, uint8 z = {{0}}>",
            DEQUANTIZE,
            "unit",
            "0 to 1.*holds 0 to 255",
        ),
    ],
)
def test_declarations_that_an_input_cannot_hold(ports, nodes, spec, message):
    with pytest.raises(edgert.InputError, match=message):
        edgert.compile(model(ports, nodes), precision="fp32", preprocess=spec)


@pytest.mark.parametrize(("onnx_type", "dtype"), FLOATS.items())
@pytest.mark.parametrize("calibrated", [False, True])
def test_models_that_take_other_floats(onnx_type, dtype, calibrated, photos):
    source = model(f"({onnx_type}{IMAGE}", CAST)
    options = {"calibration": photos} if calibrated else {"precision": "fp32"}
    session = edgert.InferenceSession(edgert.compile(source, preprocess="signed", **options).bundle)
    made = session.preprocess(min(photos.iterdir()))
    assert made.dtype.name == dtype
    plain = Preprocess.parse("signed").for_shape((1, 3, HEIGHT, WIDTH))
    expected = plain.apply(min(photos.iterdir()))
    np.testing.assert_array_equal(made, expected.astype(made.dtype))
    assert np.isfinite(session.run(None, {"x": made})[0]).all()


def test_several_input_shapes(photos):
    report = edgert.compile(
        model("(float[1, 3, h, w] x) => (float[1, 6] logits)", NETWORK.format(x="x")),
        calibration=photos,
        preprocess="signed",
        io_type={"inputs": "uint8"},
        input_shapes=[{"x": (1, 3, HEIGHT, WIDTH)}, {"x": (1, 3, 2 * HEIGHT, WIDTH)}],
    )
    session = edgert.InferenceSession(report.bundle)
    first, second = (edgert.InferenceSession(report.bundle, program=i) for i in range(2))
    [several], [single] = session.get_inputs(), first.get_inputs()
    assert several.quantization == single.quantization is not None
    photo = min(photos.iterdir())
    np.testing.assert_array_equal(session.preprocess(photo), first.preprocess(photo))
    assert second.preprocess(photo).shape == (1, 3, 2 * HEIGHT, WIDTH)


def test_the_input_that_takes_images_is_found(photos):
    source = model(
        f"(float[1, 6] bias, float[1, 3, {HEIGHT}, {WIDTH}] x) => (float[1, 6] sum)",
        NETWORK.format(x="x") + "sum = Add (logits, bias)",
    )
    bundle = edgert.compile(source, precision="fp32", preprocess="signed").bundle
    session = edgert.InferenceSession(bundle)
    photo = min(photos.iterdir())
    np.testing.assert_array_equal(session.preprocess(photo), session.preprocess(photo, "x"))
    with pytest.raises(edgert.InputError, match=r"\[1, 6\]"):
        session.preprocess(photo, "bias")
    with pytest.raises(edgert.InputError, match="no input 'y'"):
        session.preprocess(photo, "y")


def test_a_damaged_declaration_is_one_error(photos):
    bundle = bytearray(compiled("nchw", next(iter(SPECS)), photos))
    for damage in (b"[1]", b"{", b'{"size": "a"}', b'{"mean": NaN}'):
        place = bundle.index(b'{"layout"')
        length = bundle.index(b"}", place) + 1 - place
        changed = bytes(bundle[:place]) + damage.ljust(length) + bytes(bundle[place + length :])
        session = edgert.InferenceSession(changed, verify_checksum=False)
        with pytest.raises(edgert.Error, match="Preprocessing"):
            session.preprocess(min(photos.iterdir()))
