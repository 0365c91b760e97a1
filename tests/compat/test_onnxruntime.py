"""Programs that were written for onnxruntime print the same after one import is changed."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert
import edgert.compat.onnxruntime as ort
from tests.delegates.models import compiled as segmented
from tests.delegates.models import images

PROGRAMS = Path(__file__).with_name("programs")
CHECKOUT = Path(__file__).parents[2]


def classifier() -> onnx.ModelProto:
    rng = np.random.default_rng(3)
    weights = [
        numpy_helper.from_array(rng.normal(size=(6, 3, 3, 3)).astype(np.float32) / 5, "w"),
        numpy_helper.from_array(rng.normal(size=(6, 4)).astype(np.float32), "v"),
    ]
    nodes = [
        helper.make_node("Conv", ["image", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "v"], ["m"]),
        helper.make_node("Softmax", ["m"], ["scores"]),
    ]
    model = model_of(nodes, weights, [1, 3, 12, 10], [1, 4], ("image", "scores"))
    helper.set_model_props(model, {"names": "{0: 'cat', 1: 'dog'}"})
    return model


def perceptron() -> onnx.ModelProto:
    weights = [numpy_helper.from_array(np.linspace(-1, 1, 40, dtype=np.float32).reshape(8, 5), "w")]
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Tanh", ["h"], ["y"])]
    return model_of(nodes, weights, ["batch", 8], ["batch", 5], ("x", "y"))


def model_of(nodes, weights, input_shape, output_shape, names) -> onnx.ModelProto:
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in zip(names, (input_shape, output_shape))
    ]
    graph = helper.make_graph(nodes, "g", ports[:1], ports[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGERT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def output_of(source: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", source, *map(str, arguments)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("program", "model"),
    [("classify_onnxruntime.py", classifier), ("batches_onnxruntime.py", perceptron)],
)
def test_a_program_runs_by_changing_one_import(program, model, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(model(), path)
    source = (PROGRAMS / program).read_text()
    changed = source.replace("import onnxruntime as", "import edgert.compat.onnxruntime as")
    assert changed != source
    assert output_of(changed, path) == output_of(source, path)


def feed(model):
    shape = [d.dim_value or 2 for d in model.graph.input[0].type.tensor_type.shape.dim]
    return {model.graph.input[0].name: np.ones(shape, np.float32)}


def test_a_model_is_compiled_once(tmp_path, cache, monkeypatch):
    onnx.save(classifier(), tmp_path / "m.onnx")
    first = ort.InferenceSession(tmp_path / "m.onnx").run(None, feed(classifier()))
    [kept] = cache.glob("*.edgert")
    monkeypatch.setattr(edgert, "compile", None)
    again = ort.InferenceSession(tmp_path / "m.onnx").run(None, feed(classifier()))
    assert np.array_equal(first[0], again[0])

    monkeypatch.undo()
    monkeypatch.setenv("EDGERT_CACHE", str(cache))
    kept.write_bytes(kept.read_bytes()[:-20])
    repaired = ort.InferenceSession(tmp_path / "m.onnx").run(None, feed(classifier()))
    assert np.array_equal(first[0], repaired[0])


def test_precision_is_a_session_option(tmp_path):
    options = ort.SessionOptions()
    options.add_session_config_entry("edgert.precision", "int8")
    x = feed(classifier())
    [int8] = ort.InferenceSession(classifier().SerializeToString(), options).run(None, x)
    [fp32] = ort.InferenceSession(classifier().SerializeToString()).run(None, x)
    assert not np.array_equal(int8, fp32)
    np.testing.assert_allclose(int8, fp32, atol=0.05)


def test_the_bundle_beside_the_model_is_used(tmp_path, cache):
    path = tmp_path / "m.onnx"
    onnx.save(classifier(), path)
    edgert.compile(path, precision="fp32", output=tmp_path / "m.edgert")
    ort.InferenceSession(path)
    assert not cache.exists()

    changed = classifier()
    changed.producer_name = "another"
    onnx.save(changed, path)
    with pytest.warns(UserWarning, match="was not compiled from"):
        ort.InferenceSession(path)
    path.unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = ort.InferenceSession(path)
    assert session.get_modelmeta().custom_metadata_map == {"names": "{0: 'cat', 1: 'dog'}"}


def test_without_the_compiler_the_error_says_what_to_do(tmp_path):
    onnx.save(classifier(), tmp_path / "m.onnx")
    script = f"""
import sys
sys.modules["onnx"] = None
import edgert, edgert.compat.onnxruntime as ort
try:
    ort.InferenceSession({str(tmp_path / "m.onnx")!r})
except edgert.Error as error:
    print(error)
"""
    assert "edgert[compiler]" in output_of(script)


def test_other_providers_are_passed_over_with_a_warning():
    with pytest.warns(UserWarning, match="'CUDAExecutionProvider' is not available"):
        ort.InferenceSession(
            classifier().SerializeToString(),
            providers=["CUDAExecutionProvider", "CPUExecutionProvider"],
        )


@pytest.mark.skipif(
    "TFLite" not in edgert.get_available_providers(), reason="ai-edge-litert is not installed"
)
def test_providers_compute_the_partitions_of_a_bundle(tmp_path):
    path = segmented(tmp_path, middle="Asinh")
    session = ort.InferenceSession(
        path,
        providers=["TFLiteExecutionProvider", "CPUExecutionProvider"],
        provider_options=[{"num_threads": 1}, {}],
    )
    assert session.get_providers() == ["TFLiteExecutionProvider", "CPUExecutionProvider"]
    assert session.get_provider_options()["TFLiteExecutionProvider"] == {"num_threads": 1}
    [expected] = edgert.InferenceSession(path).run(None, images()[0])
    np.testing.assert_allclose(session.run(None, images()[0])[0], expected, atol=1e-4)


def test_a_bundle_without_partitions_takes_all_available_providers(tmp_path):
    edgert.compile(classifier(), precision="fp32", output=tmp_path / "m.edgert")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = ort.InferenceSession(
            tmp_path / "m.edgert", providers=ort.get_available_providers()
        )
    assert session.get_providers() == ["CPUExecutionProvider"]


@pytest.mark.parametrize("content", [b"", b"not a model at all", b"\0" * 64])
def test_what_is_no_model_is_one_error(content):
    with pytest.raises(edgert.Error):
        ort.InferenceSession(content)


def test_a_missing_file_is_one_error(tmp_path):
    with pytest.raises(edgert.InputError, match="cannot read"):
        ort.InferenceSession(tmp_path / "none.onnx")


def test_missing_external_data_is_one_error(tmp_path):
    path = tmp_path / "m.onnx"
    onnx.save(classifier(), path, save_as_external_data=True, location="m.data", size_threshold=0)
    assert ort.InferenceSession(path).run(None, feed(classifier()))
    (tmp_path / "m.data").unlink()
    with pytest.raises(edgert.InputError, match=r"cannot read .*m\.data"):
        ort.InferenceSession(path)


def test_a_folder_beside_a_bundle_is_one_error(tmp_path):
    edgert.compile(classifier(), precision="fp32", output=tmp_path / "m.edgert")
    (tmp_path / "m.onnx").mkdir()
    with pytest.raises(edgert.InputError, match="cannot read"):
        ort.InferenceSession(tmp_path / "m.onnx")


def test_lists_take_the_type_of_the_input():
    session = ort.InferenceSession(perceptron().SerializeToString())
    x = np.linspace(-1, 1, 8, dtype=np.float32)
    [expected] = session.run(None, {"x": x[None]})
    [result] = session.run(None, {"x": [x.tolist()]})
    np.testing.assert_array_equal(result, expected)
    with pytest.raises(edgert.InputError, match=r"input 'x' .* cannot be made of this"):
        session.run(None, {"x": [["a"] * 8]})


@pytest.mark.parametrize("shape", [(1, 5), (8,)])
def test_a_shape_that_an_open_model_cannot_have_is_refused(shape):
    session = ort.InferenceSession(perceptron().SerializeToString())
    with pytest.raises(edgert.InputError, match=r"input 'x' .* was given the shape"):
        session.run(None, {"x": np.zeros(shape, np.float32)})


def test_addresses_are_bound():
    session = ort.InferenceSession(perceptron().SerializeToString())
    x = np.random.default_rng(2).normal(size=(2, 8)).astype(np.float32)
    y = np.zeros((2, 5), np.float32)
    binding = session.io_binding()
    binding.bind_input("x", "cpu", 0, np.float32, x.shape, x.ctypes.data)
    binding.bind_output("y", "cpu", 0, np.float32, y.shape, y.ctypes.data)
    session.run_with_iobinding(binding)
    np.testing.assert_array_equal(y, session.run(None, {"x": x})[0])


def test_options_of_runs_and_sessions_are_kept():
    options = ort.SessionOptions()
    options.execution_order = ort.ExecutionOrder.PRIORITY_BASED
    options.add_free_dimension_override_by_name("batch", 1)
    with pytest.raises(edgert.InputError, match="custom operators"):
        options.register_custom_ops_library("ops.so")
    run_options = ort.RunOptions()
    run_options.add_run_config_entry("key", "value")
    assert run_options.get_run_config_entry("key") == "value"
    with pytest.raises(edgert.InputError, match="'other'"):
        run_options.get_run_config_entry("other")
