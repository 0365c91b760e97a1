"""One bundle for several input shapes: chosen at run, constants shared, errors that list them."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert
from edgert.bundle import BundleReader

SETS = [{"x": (1, 3, 16, 16)}, {"x": (1, 3, 24, 20)}, {"x": (1, 3, 9, 7)}]


def conv_net() -> onnx.ModelProto:
    """Height and width are open; the second output depends on them, the first does not."""
    rng = np.random.default_rng(0)
    weights = {
        "w": rng.normal(size=(24, 3, 3, 3)),
        "v": rng.normal(size=(16, 24, 1, 1)) / 5,
        "u": rng.normal(size=(16, 10)),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "v"], ["map"]),
        helper.make_node("GlobalAveragePool", ["map"], ["g"]),
        helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("MatMul", ["f", "u"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "H", "W"])],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 10]),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, [1, 16, "h", "w"]),
        ],
        [numpy_helper.from_array(a.astype(np.float32), n) for n, a in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def two_inputs() -> onnx.ModelProto:
    """y = a @ b, with three open dimensions."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["y"])],
        "g",
        [
            helper.make_tensor_value_info("a", TensorProto.FLOAT, ["M", "K"]),
            helper.make_tensor_value_info("b", TensorProto.FLOAT, ["K", "N"]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["M", "N"])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def inputs(shapes, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def float_bundle():
    return edgert.compile(conv_net(), precision="fp32", input_shapes=SETS).bundle


@pytest.mark.parametrize("threads", [1, 2])
def test_the_program_that_fits_the_arrays_runs(float_bundle, threads):
    session = edgert.InferenceSession(float_bundle, num_threads=threads)
    reference = onnxruntime.InferenceSession(conv_net().SerializeToString())
    for shapes in [*SETS, *reversed(SETS)]:
        feed = inputs(shapes)
        for output, expected in zip(session.run(None, feed), reference.run(None, feed)):
            np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-4)


def test_dimensions_that_differ_are_none(float_bundle):
    session = edgert.InferenceSession(float_bundle)
    assert session.get_inputs()[0].shape == [1, 3, None, None]
    assert [port.shape for port in session.get_outputs()] == [[1, 10], [1, 16, None, None]]
    assert session.planned_shapes == SETS
    only = edgert.InferenceSession(float_bundle, program=1)
    assert only.get_inputs()[0].shape == [1, 3, 24, 20]
    assert only.run(["map"], inputs(SETS[1]))[0].shape == (1, 16, 12, 10)


def test_unplanned_shapes_are_refused_with_the_planned_ones(float_bundle):
    session = edgert.InferenceSession(float_bundle)
    with pytest.raises(
        edgert.InputError, match=r"\[1, 3, 24, 20\] or .*not for 'x' \[1, 3, 8, 8\]"
    ):
        session.run(None, inputs({"x": (1, 3, 8, 8)}))
    with pytest.raises(edgert.InputError, match="float64"):
        session.run(None, {"x": np.zeros((1, 3, 9, 7))})
    with pytest.raises(edgert.InputError, match="cannot be made"):
        session.run(None, {"x": [[1.0], [1.0, 2.0]]})


def test_profile_and_tensors_are_of_the_program_that_ran(float_bundle):
    session = edgert.InferenceSession(float_bundle)
    for shapes in SETS:
        calls = session.profile(inputs(shapes))
        assert calls
        assert all(call.nanoseconds > 0 for call in calls)
        height = (shapes["x"][2] + 1) // 2
        assert any(height in tensor.shape for tensor in session.tensors())


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_constants_are_stored_once_and_the_arena_serves_all(precision):
    calibration = [inputs(SETS[0], seed) for seed in range(3)] if precision == "int8" else None

    def compiled(shapes):
        return edgert.compile(
            conv_net(), precision=precision, input_shapes=shapes, calibration=calibration
        )

    one, several = compiled(SETS[:1]), compiled(SETS)
    assert several.constants_bytes <= one.constants_bytes + 64
    assert several.arena_bytes == max(variant.arena_bytes for variant in several.variants)
    sessions = [edgert.InferenceSession(report.bundle, 1) for report in (one, several)]
    larger = several.arena_bytes - one.arena_bytes
    assert sessions[1].memory_bytes - sessions[0].memory_bytes == larger
    for output, same in zip(*(session.run(None, inputs(SETS[0])) for session in sessions)):
        np.testing.assert_array_equal(output, same)


def test_one_calibration_serves_all_shapes():
    data = [inputs(SETS[0], seed) for seed in range(8)]
    report = edgert.compile(conv_net(), input_shapes=SETS, calibration=data)
    session = edgert.InferenceSession(report.bundle)
    reference = onnxruntime.InferenceSession(conv_net().SerializeToString())
    kernels = []
    for program, shapes in enumerate(SETS):
        feed = inputs(shapes, 100)
        _, found = session.run(None, feed)
        _, expected = reference.run(None, feed)
        error = np.sqrt(np.mean((found - expected) ** 2)) / expected.std()
        assert error < 0.03
        reader = BundleReader(report.bundle)
        calls = reader.root.programs[program].calls
        kernels.append([reader.kernel_name(call) for call in calls])
    assert "conv2d_s8" in kernels[0]
    assert kernels[0] == kernels[1] == kernels[2]


def test_several_inputs_vary_together():
    sets = [{"a": (2, 3), "b": (3, 4)}, {"a": (5, 3), "b": (3, 2)}, {"a": (2, 3), "b": (3, 1)}]
    report = edgert.compile(two_inputs(), precision="fp32", input_shapes=sets)
    session = edgert.InferenceSession(report.bundle)
    assert [port.shape for port in session.get_inputs()] == [[None, 3], [3, None]]
    for shapes in sets:
        feed = inputs(shapes)
        np.testing.assert_allclose(session.run(None, feed)[0], feed["a"] @ feed["b"], rtol=1e-5)
    with pytest.raises(edgert.InputError, match="compiled for"):
        session.run(None, inputs({"a": (5, 3), "b": (3, 4)}))


def test_the_same_shapes_twice_are_refused():
    with pytest.raises(edgert.CompileError, match="x:1,3,16,16 are given twice"):
        edgert.compile(conv_net(), input_shapes=[SETS[0], SETS[1], SETS[0]])


def test_the_largest_variant_must_fit_the_budget():
    needed = [edgert.compile(conv_net(), input_shapes=shapes).arena_bytes for shapes in SETS]
    edgert.compile(conv_net(), input_shapes=SETS, max_ram=max(needed))
    with pytest.raises(edgert.CompileError, match=r"--max-ram; the peak of .* is at node '.*: '"):
        edgert.compile(conv_net(), input_shapes=SETS, max_ram=max(needed) - 1)
