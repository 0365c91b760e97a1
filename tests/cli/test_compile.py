"""`edgert compile` and `edgert check`."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert

from .conftest import DIGITS, draw_digit, matmul_chain

REPORT_KEYS = {
    "arena_bytes",
    "arena_lower_bound",
    "bundle_bytes",
    "constants_bytes",
    "inputs",
    "kernels",
    "macs",
    "memory_strategy",
    "nodes",
    "notes",
    "output",
    "outputs",
    "precision",
    "states",
    "target",
    "variants",
}
LONG = "/".join(["StatefulPartitionedCall", "model", *["functional_block"] * 20, "MatMul"])


@pytest.fixture
def digits(tmp_path):
    return shutil.copy(DIGITS, tmp_path / "digits.onnx")


def test_writes_the_bundle_beside_the_model(run_cli, digits, tmp_path):
    result = run_cli("compile", digits, "--target", "arm64")
    assert result.exit_code == 0
    assert sorted(os.listdir(tmp_path)) == ["digits.edgert", "digits.onnx"]
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines()[:9])
    assert lines["written"].startswith(str(tmp_path / "digits.edgert"))
    assert lines["target"] == "arm64"
    assert lines["precision"].startswith("dynamic")
    assert lines["inputs"] == "image float32[1, 1, 8, 8]"
    assert result.stderr == ""
    assert not any(line != line.rstrip() for line in result.stdout.splitlines())


def test_json_is_one_document_with_stable_keys(run_cli, digits, tmp_path):
    output = tmp_path / "out.edgert"
    result = run_cli("compile", digits, "-o", output, "--precision", "fp32", "--json")
    report = json.loads(result.stdout)
    assert set(report) == REPORT_KEYS
    assert report["precision"] == "fp32"
    assert report["inputs"] == [{"name": "image", "type": "float32", "shape": [1, 1, 8, 8]}]
    assert report["bundle_bytes"] == output.stat().st_size
    assert sum(report["kernels"].values()) > 5


def test_long_names_are_short_in_tables_and_whole_in_json(run_cli, tmp_path):
    onnx.save(matmul_chain([LONG]), tmp_path / "m.onnx")
    result = run_cli("compile", tmp_path / "m.onnx")
    assert LONG not in result.stdout
    assert "StatefulPartitionedCall/model" in result.stdout
    assert "…" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 150
    report = json.loads(run_cli("compile", tmp_path / "m.onnx", "--json").stdout)
    assert any(node["name"] == LONG for node in report["nodes"])


def calibration_folder(kind: str, folder) -> list[object]:
    """Options for calibration data of a kind, made in `folder`: rectangles and ellipses."""
    images = [draw_digit(text) for text in "1010"]
    arrays = [np.asarray(i.resize((8, 8)), np.float32)[None, None] / 255 for i in images]
    data = folder / "data"
    data.mkdir()
    if kind == "npz":
        np.savez(data / "samples.npz", image=np.concatenate(arrays))
        return ["--calibration", data / "samples.npz"]
    for i, (image, array) in enumerate(zip(images, arrays)):
        if kind == "images":
            image.save(data / f"{i}.png")
        elif kind == "npy":
            np.save(data / f"{i}.npy", array)
        else:
            (data / f"test_data_set_{i}").mkdir()
            tensor = numpy_helper.from_array(array, "image").SerializeToString()
            (data / f"test_data_set_{i}" / "input_0.pb").write_bytes(tensor)
    if kind == "images":
        (folder / "spec.yaml").write_text("channels: gray\nresize: exact\n")
        return ["--calibration", data, "--preprocess", folder / "spec.yaml"]
    return ["--calibration", data]


@pytest.mark.parametrize("kind", ["npz", "npy", "images", "test_data_set"])
def test_calibration_gives_int8_throughout(run_cli, digits, tmp_path, kind):
    output = tmp_path / "int8.edgert"
    options = calibration_folder(kind, tmp_path)
    result = run_cli("compile", digits, "-o", output, *options, "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["precision"] == "int8"
    precisions = [node["precision"] for node in report["nodes"]]
    assert precisions.count("int8") >= len(precisions) - 3
    stored = edgert.InferenceSession(output).metadata("preprocessing")
    assert (stored is not None) == (kind == "images")


def test_labels_are_stored(run_cli, digits, tmp_path):
    labels = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
    (tmp_path / "labels.txt").write_text("\ufeff" + "\n".join(labels) + "\n\n", encoding="utf-8")
    run_cli("compile", digits, "--labels", tmp_path / "labels.txt")
    assert edgert.InferenceSession(tmp_path / "digits.edgert").labels == labels


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("null\neins\nzwei\n", "there are 3 labels, but output 'logits' [1, 10] has 10 classes"),
        ("background\n" + "digit\n" * 10, "there are 11 labels, but output 'logits' [1, 10]"),
        ("\n", "has no label"),
    ],
)
def test_labels_of_another_number_are_refused(fails, digits, tmp_path, text, message):
    (tmp_path / "labels.txt").write_text(text)
    assert message in fails("compile", digits, "--labels", tmp_path / "labels.txt")
    assert not (tmp_path / "digits.edgert").exists()


def test_open_dimensions_are_bound(run_cli, two_inputs, tmp_path):
    output = tmp_path / "two.edgert"
    run_cli("compile", two_inputs, "-o", output, "--input-shape", "a:4,3")
    session = edgert.InferenceSession(output)
    assert [port.shape for port in session.get_inputs()] == [[4, 3], [1, 3]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "pdp11"], "unknown target 'pdp11'; known targets: arm64"),
        (["--observer", "magic"], "no range observer 'magic'; use one of: min_max"),
        (["--calibration", "nowhere"], "'nowhere' does not exist"),
        (["--preprocess", "nowhere.yaml"], "'nowhere.yaml': No such file or directory"),
        (["--preprocess", "imagenet"], "makes rgb images"),
        (["--input-shape", "image"], "give NAME:1,3,224,224"),
        (["--input-shape", "picture:1,1,8,8"], "names 'picture', but the inputs are: image"),
        (["--input-shape", "image:1,3,8,8"], "image"),
        (["--labels", "nowhere.txt"], "--labels nowhere.txt: cannot be read: No such file"),
        (["-o", "no/such/folder/m.edgert"], "there is no folder"),
        (["-o", DIGITS], "is the model itself"),
        (["-o", "/"], "it is a folder"),
        (["-o", "m.tflite/"], "it is a folder"),
        (["-o", ""], "give it a name"),
        (["-o", "x" * 300], "File name too long"),
        (["--target", "arm64", "-o", "m.tflite"], "target 'tflite' writes '.tflite'"),
        (["--target", "tflite", "-o", "m.onnx"], "target 'onnx' writes '.onnx'"),
        (["--target", "tflite", "-o", "m.bin"], "give -o a name with that suffix"),
    ],
)
def test_what_cannot_be_done_is_one_line(fails, options, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    before = DIGITS.read_bytes()
    text = fails(
        "compile", DIGITS, *(["-o", "out.edgert"] if "-o" not in options else []), *options
    )
    assert message in text
    assert "\n" not in text
    assert os.listdir(tmp_path) == []
    assert DIGITS.read_bytes() == before


def test_bad_yaml_is_one_line(fails, digits, tmp_path):
    (tmp_path / "spec.yaml").write_text("mean: [1, 2\nstd: {")
    text = fails("compile", digits, "--preprocess", tmp_path / "spec.yaml")
    assert "is not valid YAML" in text
    assert "\n" not in text


@pytest.fixture
def unsupported_model(tmp_path):
    """Two operators that nothing lowers, and one that everything does."""
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], name="fine"),
        helper.make_node("Frobnicate", ["a"], ["b"], name=LONG, domain="com.example"),
        helper.make_node("Twiddle", ["b"], ["y"], name="second", domain="com.example"),
    ]
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 8]) for n in ("x", "y")]
    graph = helper.make_graph(nodes, "bad", ports[:1], ports[1:])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 3)]
    onnx.save(helper.make_model(graph, opset_imports=opsets), tmp_path / "bad.onnx")
    return tmp_path / "bad.onnx"


def test_unsupported_operators_are_all_listed(fails, unsupported_model, tmp_path):
    first, *listed = fails("compile", unsupported_model).splitlines()
    assert first == "edgert: 2 nodes keep the model from being compiled:"
    for line, name, op in zip(listed, (LONG, "second"), ("Frobnicate", "Twiddle"), strict=True):
        assert name in line
        assert f"(com.example.{op}, opset 3): the operator is not part of ONNX" in line
    assert os.listdir(tmp_path) == ["bad.onnx"]


def test_check_lists_obstacles(run_cli, unsupported_model):
    result = run_cli("check", unsupported_model)
    assert result.exit_code == 1
    assert "2 nodes keep it from being compiled" in result.stdout
    assert "com.example.Twiddle         3  the operator is not part of ONNX" in result.stdout
    assert LONG not in result.stdout
    result = run_cli("check", unsupported_model, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["supported"] is False
    assert [node["node"] for node in found["nodes"]] == [LONG, "second"]
    assert set(found["nodes"][0]) == {"node", "op", "domain", "opset", "reason"}


def test_check_of_what_compiles(run_cli):
    result = run_cli("check", DIGITS, "--target", "arm64")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("every operator is supported\n")
    found = json.loads(run_cli("check", DIGITS, "--json").stdout)
    assert found == {"supported": True, "nodes": [], "notes": []}


def test_check_says_what_will_be_different(run_cli, tmp_path):
    stump = {
        "nodes_treeids": [0, 0, 0], "nodes_nodeids": [0, 1, 2], "nodes_featureids": [0, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"], "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0], "nodes_falsenodeids": [2, 0, 0],
        "class_treeids": [0, 0], "class_nodeids": [1, 2], "class_ids": [0, 0],
        "class_weights": [0.25, 0.75], "classlabels_strings": ["no", "yes"],
    }  # fmt: skip
    ml = "ai.onnx.ml"
    nodes = [helper.make_node("TreeEnsembleClassifier", ["x"], ["label", "y"], domain=ml, **stump)]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1])
    label = helper.make_tensor_value_info("label", TensorProto.STRING, [1])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(ml, 3)]
    graph = helper.make_graph(nodes, "g", [x], [label])
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "m.onnx")
    result = run_cli("check", tmp_path / "m.onnx", "--json")
    assert result.exit_code == 0
    (note,) = json.loads(result.stdout)["notes"]
    assert "'label' is int64 instead of string" in note
    assert "['no', 'yes']" in note


def test_check_understands_quantized_models(run_cli, tmp_path):
    model = matmul_chain(["product"])
    scale = numpy_helper.from_array(np.float32(0.1), "s")
    zero = numpy_helper.from_array(np.int8(0), "z")
    weight = numpy_helper.from_array(np.full((8, 8), 3, np.int8), "w8")
    model.graph.initializer.extend([scale, zero, weight])
    model.graph.node.insert(0, helper.make_node("DequantizeLinear", ["w8", "s", "z"], ["w"]))
    del model.graph.initializer[0]
    onnx.save(model, tmp_path / "qdq.onnx")
    result = run_cli("check", tmp_path / "qdq.onnx")
    assert result.exit_code == 0, result.stdout
