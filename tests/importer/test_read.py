"""Reading: every kind of source, and one clear line for everything that is not a model."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgert.errors import CompileError
from edgert_compiler.importer import load_model


def relu_model(**kwargs) -> onnx.ModelProto:
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [2, 3]) for n in "xy")
    weights = numpy_helper.from_array(np.arange(3, dtype=np.float32), "w")
    nodes = [helper.make_node("Add", ["x", "w"], ["a"]), helper.make_node("Relu", ["a"], ["y"])]
    graph = helper.make_graph(nodes, "g", [x], [y], [weights])
    opset = kwargs.pop("opset", 17)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


@pytest.mark.parametrize("kind", ["path", "str", "bytes", "proto"])
def test_sources(tmp_path, kind):
    path = tmp_path / "m.onnx"
    onnx.save(relu_model(), path)
    sources = {"path": path, "str": str(path), "bytes": path.read_bytes(), "proto": relu_model()}
    model = load_model(sources[kind])
    assert [node.op_type for node in model.graph] == ["Add", "Relu"]


def test_the_proto_given_is_not_changed():
    proto = relu_model()
    before = proto.SerializeToString()
    load_model(proto)
    assert proto.SerializeToString() == before


def test_nodes_in_any_order():
    proto = relu_model()
    del proto.graph.node[:]
    branch = [helper.make_node("Neg", ["a"], ["c"]), helper.make_node("Abs", ["c"], ["b"])]
    x = helper.make_tensor_value_info("b", TensorProto.FLOAT, [2, 3])
    inner = helper.make_graph(branch[::-1], "inner", [], [x])
    proto.graph.node.extend(
        [
            helper.make_node("Relu", ["b_if"], ["y"]),
            helper.make_node("If", ["c_if"], ["b_if"], then_branch=inner, else_branch=inner),
            helper.make_node("Constant", [], ["c_if"], value=numpy_helper.from_array(np.True_)),
            helper.make_node("Add", ["x", "w"], ["a"]),
        ]
    )
    assert [node.op_type for node in load_model(proto).graph] == ["Add", "Neg", "Abs", "Relu"]


def test_nodes_that_need_each_other_are_refused():
    proto = relu_model()
    proto.graph.node[0].input[1] = "y"
    with pytest.raises(CompileError, match=r"node 'Add_a' \(Add\) reads 'y' .*: a cycle"):
        load_model(proto)


def test_outputs_without_a_shape():
    proto = relu_model()
    proto.graph.output[0].type.tensor_type.ClearField("shape")
    assert load_model(proto).graph.outputs[0].shape == [2, 3]


def test_external_data_beside_the_model(tmp_path):
    path = tmp_path / "m.onnx"
    onnx.save_model(
        relu_model(), path, save_as_external_data=True, location="m.data", size_threshold=0
    )
    constant = load_model(path).graph.initializers["w"].const_value
    np.testing.assert_array_equal(constant.numpy(), np.arange(3, dtype=np.float32))
    with pytest.raises(CompileError, match="'w' in an external file; give the path"):
        load_model(path.read_bytes())
    (tmp_path / "m.data").unlink()
    with pytest.raises(CompileError, match=r"external data of .*m\.onnx"):
        load_model(path)


def test_external_data_outside_the_folder_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(np.arange(3, dtype=np.float32).tobytes())
    folder = tmp_path / "model"
    folder.mkdir()
    proto = relu_model()
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    (folder / "m.onnx").write_bytes(proto.SerializeToString())
    with pytest.raises(CompileError, match="external data"):
        load_model(folder / "m.onnx")


def invalid_graph() -> bytes:
    proto = relu_model()
    proto.graph.node[1].input[0] = "nowhere"
    return proto.SerializeToString()


def unknown_operator() -> bytes:
    proto = relu_model()
    proto.graph.node[1].op_type = "NoSuchOperator"
    return proto.SerializeToString()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello, this is a text file\n" * 20, "not an ONNX model"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not an ONNX model"),
        (relu_model().SerializeToString()[:-20], "an ONNX model that is damaged or cut off"),
        (bytes(64), "not an ONNX model"),
        (b"\x08\x08", "no graph or no opset"),
        (relu_model(opset=9999).SerializeToString(), "opset 9999; .* install a newer onnx"),
        (invalid_graph(), "not a valid ONNX model: .*nowhere"),
        (unknown_operator(), "NoSuchOperator"),
    ],
)
def test_what_is_no_model_is_one_line(tmp_path, content, message):
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(CompileError, match=message) as raised:
            load_model(source)
        assert "\n" not in str(raised.value)


def pool_model(auto_pad: bytes) -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N"] * 4)
    node = helper.make_node("MaxPool", ["x"], ["y"], "pool", kernel_shape=[2, 2], auto_pad=auto_pad)
    graph = helper.make_graph([node], "g", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_damaged_attributes_name_the_node():
    with pytest.raises(CompileError, match=r"'pool' .*attribute 'auto_pad' is not text"):
        load_model(pool_model(b"S\xffME"))
    with pytest.raises(CompileError, match=r"'pool' .*auto_pad"):
        load_model(pool_model(b"SOMEHOW"))


def test_damaged_element_types():
    proto = relu_model()
    proto.graph.initializer[0].data_type = 93
    with pytest.raises(CompileError):
        load_model(proto)


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(CompileError, match="does not exist"):
        load_model(tmp_path / "none.onnx")
    with pytest.raises(CompileError, match="is a folder"):
        load_model(tmp_path)


def test_every_truncation_is_an_error_or_a_model():
    data = relu_model().SerializeToString()
    for length in range(len(data)):
        with pytest.raises(CompileError):
            load_model(data[:length])


def test_functions_are_inlined():
    text = """<ir_version: 8, opset_import: ["" : 17, "local" : 1]>
    m (float[2] x) => (float[2] y) { a = local.twice(x) y = local.twice(a) }
    <domain: "local", opset_import: ["" : 17]>
    twice (v) => (w) { w = Add(v, v) }"""
    model = load_model(onnx.parser.parse_model(text))
    assert [node.op_type for node in model.graph] == ["Add", "Add"]
    assert len({node.name for node in model.graph}) == 2
