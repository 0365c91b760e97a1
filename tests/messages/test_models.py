"""What is wrong with a model is said in the model's own words, with what to do about it."""

from __future__ import annotations

import shlex
import warnings

import numpy as np
import onnx
import pytest

import edgert
from edgert.cli.options import load_constants

from .models import INVALID, SIZES, Broken, broken, floats, ints

OWN_NAMES = ("edgert.", "LoopBegin", "LoopEnd", "Traceback", "Context:", "another form")


def message(model: onnx.ModelProto, **options: object) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(edgert.CompileError) as raised:
            edgert.compile(model, precision="fp32", **options)
    text = str(raised.value)
    assert not any(name in text for name in OWN_NAMES), text
    return text


@pytest.mark.parametrize("case", INVALID, ids=str)
def test_invalid_models(case: Broken):
    text = message(case.model())
    for words in case.words:
        assert words in text


@pytest.mark.parametrize("case", SIZES, ids=str)
def test_sizes_that_are_inputs(case: Broken):
    """The option that the message gives for an example makes the model compile."""
    model = case.model()
    text = message(model)
    assert "1 node keeps" in text
    options = shlex.split(text.partition("for example ")[2])
    assert options == [part for words in case.words for part in shlex.split(f"--constant {words}")]
    report = edgert.compile(model, precision="fp32", constants=load_constants(tuple(options[1::2])))
    edgert.InferenceSession(report.bundle)


def test_only_the_first_cause_is_listed():
    case = broken(
        "",
        "(float[1,1,4,4] x, float[4] s) => (int64[4] z, float[k] y)",
        "a = Resize(x, , s) t = Relu(a) z = Shape(t) u = Flatten(t) o = OneHot(z, d, v) "
        "y = Reshape(u, k)",
        k=ints(-1),
        d=np.int64(3),
        v=floats(2),
    )
    text = message(case.model())
    assert text.count("node '") == 1
    assert "node 'Resize_a' (Resize, opset 17)" in text


def test_causes_apart_from_each_other_are_all_listed():
    case = broken(
        "",
        "(float[4] x, int64[2] s) => (float[a,b] y, float[4] z)",
        "y = Reshape(x, s) z = RandomUniformLike(x)",
    )
    text = message(case.model())
    assert "2 nodes keep" in text
    assert "'RandomUniformLike_z'" in text


def test_a_size_that_is_computed_from_data_is_no_constant():
    case = broken(
        "",
        "(int64[1,9] ids) => (float[t] y)",
        "e = Gather(w, ids) d = Cast<to=7>(e) n = ReduceMax<keepdims=0>(d) r = Range(z, n, o) "
        "y = Cast<to=1>(r)",
        w=floats(9),
        z=np.int64(0),
        o=np.int64(1),
    )
    text = message(case.model())
    assert "node 'Range_r' (Range, opset 17)" in text
    assert "computed from the input 'ids'" in text
    assert "--constant" not in text


@pytest.mark.parametrize(
    ("signature", "options"),
    [
        ("(float[n,3,h,w] x) => (float[a,b,c,d] y)", ["x:1,3,224,224"]),
        ("(float[n,h,w,3] x) => (float[a,b,c,d] y)", ["x:1,224,224,3"]),
        ("(float[n,t] x, float[n,t] z) => (float[a,b] y)", ["x:1,64", "z:1,64"]),
        ("(float[n,80,t] x) => (float[a,b,c] y)", ["x:1,80,64"]),
    ],
)
def test_shapes_to_paste(signature, options):
    """The proposed shapes are numbers, the same for the same symbol, and make the model compile."""
    model = broken("", signature, "y = Relu(x)").model()
    text = message(model)
    proposed = shlex.split(text.partition("for example ")[2])
    assert proposed == [part for option in options for part in ("--input-shape", option)]
    shapes = {
        name: tuple(map(int, dims.split(",")))
        for name, dims in (option.split(":") for option in options)
    }
    assert edgert.compile(model, precision="fp32", input_shapes=shapes).inputs[0].name == "x"


def test_dimensions_that_are_negative_are_open():
    """As exporters of TensorFlow write them."""
    model = broken("", "(float[1,4] x) => (float[1,4] y)", "y = Relu(x)").model()
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = -1
    assert edgert.compile(model, precision="fp32").inputs[0].shape == (1, 4)
    report = edgert.compile(model, precision="fp32", input_shapes={"x": (3, 4)})
    assert report.inputs[0].shape == (3, 4)


def test_an_input_without_a_shape_gets_one_by_option():
    model = broken("", "(float[1,4] x) => (float[1,4] y)", "y = Relu(x)").model()
    model.graph.input[0].type.tensor_type.ClearField("shape")
    assert "'x' has no shape" in message(model)
    report = edgert.compile(model, precision="fp32", input_shapes={"x": (2, 4)})
    assert report.inputs[0].shape == (2, 4)


def test_nodes_are_told_to_programs():
    with pytest.raises(edgert.UnsupportedOpError) as raised:
        edgert.compile(SIZES[0].model())
    [node] = raised.value.nodes
    assert (node["node"], node["op"], node["domain"], node["opset"]) == (
        "Reshape_y",
        "Reshape",
        "",
        17,
    )
    assert "--constant" in str(node["reason"])


def test_numbers_as_constants_take_the_type_and_shape_of_the_input():
    body = "b = Flatten(a) m = ReduceSum<keepdims=0>(b) y = Mul(x, m)"
    model = broken("", "(float[4] x, float[1,2] a) => (float[4] y)", body).model()
    report = edgert.compile(model, precision="fp32", constants={"a": [1, 2]})
    x = np.arange(4, dtype=np.float32)
    [y] = edgert.InferenceSession(report.bundle).run(None, {"x": x})
    np.testing.assert_array_equal(y, 3 * x)
    with pytest.raises(edgert.CompileError, match="--constant a: the array has shape"):
        edgert.compile(model, constants={"a": [1, 2, 3]})
    with pytest.raises(edgert.CompileError, match="did you mean 'x'"):
        edgert.compile(model, constants={"X": [1]})


@pytest.mark.parametrize("element", ["INT4", "FLOAT8E4M3FN"])
def test_a_scan_over_small_elements_is_named_itself(element):
    elements = onnx.TensorProto.DataType.Value(element)

    def port(name, type_, *shape):
        return onnx.helper.make_tensor_value_info(name, type_, shape)

    step = [onnx.helper.make_node("Identity", [name], [f"{name}_out"]) for name in ("s", "e")]
    body = onnx.helper.make_graph(
        step,
        "body",
        [port("s", onnx.TensorProto.FLOAT, 2), port("e", elements, 3)],
        [port("s_out", onnx.TensorProto.FLOAT, 2), port("e_out", elements, 3)],
    )
    scan = onnx.helper.make_node("Scan", ["s0", "xs"], ["sn", "ys"], body=body, num_scan_inputs=1)
    graph = onnx.helper.make_graph(
        [scan],
        "scan",
        [port("s0", onnx.TensorProto.FLOAT, 2), port("xs", elements, 4, 3)],
        [port("sn", onnx.TensorProto.FLOAT, 2), port("ys", elements, 4, 3)],
    )
    opset = onnx.helper.make_opsetid("", 23)
    text = message(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=11))
    assert f"elements of {element.lower()} in Scan" in text and "Gather" not in text
