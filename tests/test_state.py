"""Declared state: as if the caller fed each output back, bit by bit."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert
from edgert.bundle import BundleReader

FLOAT = TensorProto.FLOAT


def model(nodes, inputs, outputs, constants=None) -> onnx.ModelProto:
    def values(ports):
        return [helper.make_tensor_value_info(n, FLOAT, shape) for n, shape in ports.items()]

    initializers = [
        numpy_helper.from_array(np.asarray(array), name)
        for name, array in (constants or {}).items()
    ]
    graph = helper.make_graph(nodes, "g", values(inputs), values(outputs), initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def recurrent() -> onnx.ModelProto:
    """An LSTM cell and a cache of the last frames, as streaming models have them."""
    rng = np.random.default_rng(4)
    hidden, width = 16, 8
    constants = {
        "w": rng.normal(size=(1, 4 * hidden, width)).astype(np.float32) / 3,
        "r": rng.normal(size=(1, 4 * hidden, hidden)).astype(np.float32) / 4,
        "k": rng.normal(size=(4, width, 3)).astype(np.float32),
        "from": np.array([1]),
        "to": np.array([4]),
        "axis": np.array([2]),
        "flat": np.array([1, 1, width]),
        "frame": np.array([1, width, 1]),
    }
    node = helper.make_node
    nodes = [
        node("Reshape", ["x", "flat"], ["step"]),
        node("LSTM", ["step", "w", "r", "", "", "h", "c"], ["", "h2", "c2"], hidden_size=hidden),
        node("Reshape", ["x", "frame"], ["column"]),
        node("Concat", ["cache", "column"], ["window"], axis=2),
        node("Slice", ["window", "from", "to", "axis"], ["cache2"]),
        node("Conv", ["cache2", "k"], ["y"]),
    ]
    state = {"h": [1, 1, hidden], "c": [1, 1, hidden], "cache": [1, width, 3]}
    return model(
        nodes,
        {"x": [1, width], **state},
        {"y": [1, 4, 1], "h2": state["h"], "c2": state["c"], "cache2": state["cache"]},
        constants,
    )


RECURRENT = {"h2": "h", "c2": "c", "cache2": "cache"}


def swap() -> onnx.ModelProto:
    """The states change places, y is the old sum; what is stored first must not be read after."""
    node = helper.make_node
    return model(
        [
            node("Identity", ["a"], ["b2"]),
            node("Identity", ["b"], ["a2"]),
            node("Add", ["x", "a"], ["y"]),
            node("Identity", ["b"], ["old"]),
        ],
        {"x": [2, 3], "a": [2, 3], "b": [2, 3]},
        {"y": [2, 3], "a2": [2, 3], "b2": [2, 3], "old": [2, 3]},
    )


def counter() -> onnx.ModelProto:
    """The output that is kept also feeds a second one; the state is read after it is computed."""
    node = helper.make_node
    return model(
        [
            node("Add", ["x", "s"], ["s2"]),
            node("Mul", ["s2", "s"], ["y"]),
            node("Transpose", ["s"], ["t"]),
        ],
        {"x": [3, 4], "s": [3, 4]},
        {"y": [3, 4], "s2": [3, 4], "t": [4, 3]},
    )


def still() -> onnx.ModelProto:
    """A state that nothing changes."""
    node = helper.make_node
    return model(
        [node("Identity", ["s"], ["s2"]), node("Add", ["x", "s"], ["y"])],
        {"x": [4], "s": [4]},
        {"y": [4], "s2": [4]},
    )


def streaming() -> onnx.ModelProto:
    """The sum of all frames so far, of which a run takes any number."""
    node = helper.make_node
    return model(
        [
            node("ReduceSum", ["x", "axis"], ["sum"], keepdims=0),
            node("Add", ["sum", "s"], ["s2"]),
            node("Add", ["x", "s2"], ["y"]),
        ],
        {"x": ["frames", 3], "s": [3]},
        {"y": ["frames", 3], "s2": [3]},
        {"axis": np.array([0])},
    )


CASES = {
    "recurrent": (recurrent, RECURRENT),
    "swap": (swap, {"a2": "a", "b2": "b"}),
    "counter": (counter, {"s2": "s"}),
    "still": (still, {"s2": "s"}),
}


def frames(made: onnx.ModelProto, count: int = 12) -> list[np.ndarray]:
    shape = [dim.dim_value for dim in made.graph.input[0].type.tensor_type.shape.dim]
    return list(np.random.default_rng(1).normal(size=(count, *shape)).astype(np.float32))


def by_hand(made, state, initial, precision, calibration, stream):
    """(outputs, states) after each frame, with the states fed back by the caller."""
    report = edgert.compile(made, precision=precision, calibration=calibration)
    session = edgert.InferenceSession(report.bundle)
    names = [port.name for port in session.get_outputs()]
    shapes = {port.name: port.shape for port in session.get_inputs()}
    kept = {n: initial.get(n, np.zeros(shapes[n], np.float32)) for n in state.values()}
    for x in stream:
        found = dict(zip(names, session.run(None, {"x": x, **kept})))
        kept = {into: found.pop(output) for output, into in state.items()}
        yield found, kept


def recorded(made, state, stream):
    """Calibration samples for a model whose states are fed."""
    return [
        {"x": x, **before}
        for x, before in zip(
            stream, [{}, *(kept for _, kept in by_hand(made, state, {}, "fp32", None, stream))]
        )
    ]


@pytest.mark.parametrize("start", ["zero", "given"])
@pytest.mark.parametrize("name", CASES)
def test_float_is_bit_exact_with_feeding_by_hand(name, start):
    make, state = CASES[name]
    made, stream = make(), frames(make())
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in made.graph.input}
    rng = np.random.default_rng(9)
    initial = {
        into: rng.normal(size=shapes[into]).astype(np.float32)
        for into in state.values()
        if start == "given"
    }
    report = edgert.compile(made, precision="fp32", state=state, initial_state=initial)
    session = edgert.InferenceSession(report.bundle)
    names = [port.name for port in session.get_outputs()]
    assert [port.name for port in session.get_inputs()] == ["x"]
    assert not set(names) & set(state)
    for _ in range(2):
        reference = by_hand(made, state, initial, "fp32", None, stream)
        for x, (outputs, kept) in zip(stream, reference):
            found = dict(zip(names, session.run(None, {"x": x})))
            for name, expected in outputs.items():
                np.testing.assert_array_equal(found[name], expected)
            for name, value in session.get_state().items():
                np.testing.assert_array_equal(value, kept[name])
        session.reset_state()


def test_int8_is_bit_exact_with_feeding_by_hand():
    made, stream = recurrent(), frames(recurrent(), 40)
    zeros = {
        into: np.zeros(shape, np.float32)
        for into, shape in (("h", (1, 1, 16)), ("c", (1, 1, 16)), ("cache", (1, 8, 3)))
    }
    fed = recorded(made, RECURRENT, stream)
    fed[0] |= zeros
    session = edgert.InferenceSession(
        edgert.compile(made, calibration=[{"x": x} for x in stream], state=RECURRENT).bundle
    )
    kernels = [call.kernel for call in session.profile({"x": stream[0]})]
    assert any(kernel.endswith("_s8") for kernel in kernels)
    session.reset_state()
    reference = by_hand(made, RECURRENT, {}, "int8", fed, stream)
    for x, (outputs, _) in zip(stream, reference):
        np.testing.assert_array_equal(session.run(["y"], {"x": x})[0], outputs["y"])


def test_states_can_be_read_and_written():
    made = counter()
    session = edgert.InferenceSession(edgert.compile(made, state={"s2": "s"}).bundle)
    x = np.ones((3, 4), np.float32)
    session.run(None, {"x": x})
    saved = session.get_state()
    np.testing.assert_array_equal(saved["s"], x)
    first = session.run(None, {"x": x})
    np.testing.assert_array_equal(saved["s"], x)  # a copy
    session.set_state(saved)
    for output, same in zip(first, session.run(None, {"x": x})):
        np.testing.assert_array_equal(output, same)
    with pytest.raises(edgert.InputError, match="no state 'z'; states: 's'"):
        session.set_state({"s": x, "z": x})
    with pytest.raises(edgert.InputError, match="float64"):
        session.set_state({"s": np.ones((3, 4))})
    with pytest.raises(edgert.InputError, match=r"\[4, 3\]"):
        session.set_state({"s": x.T})
    session.reset_state()
    np.testing.assert_array_equal(session.get_state()["s"], 0 * x)


def test_sessions_over_one_bundle_have_states_of_their_own():
    bundle = edgert.compile(counter(), state={"s2": "s"}).bundle
    one, other = edgert.InferenceSession(bundle), edgert.InferenceSession(bundle)
    one.run(None, {"x": np.ones((3, 4), np.float32)})
    assert one.get_state()["s"].any()
    assert not other.get_state()["s"].any()


def test_a_state_is_written_in_place_where_nothing_reads_the_old_one():
    """The window of the last frames needs its shift, the new hidden state needs no copy."""
    report = edgert.compile(recurrent(), precision="fp32", state=RECURRENT)
    reader = BundleReader(report.bundle)
    [program] = reader.root.programs
    offsets = {state.port.name: state.offset for state in reader.root.states}
    writers = {
        reader.tensor(program, call.outputs[0]).offset: reader.kernel_name(call)
        for call in program.calls
        if reader.tensor(program, call.outputs[0]).storage == 0
    }
    assert writers[offsets["h"]] == "elementwise"


def test_shape_variants_share_the_state():
    shapes = [{"x": (2, 3)}, {"x": (5, 3)}]
    report = edgert.compile(streaming(), precision="fp32", state={"s2": "s"}, input_shapes=shapes)
    session = edgert.InferenceSession(report.bundle)
    total = np.zeros(3, np.float32)
    for count in (2, 5, 5, 2):
        x = np.full((count, 3), 0.5, np.float32)
        total += x.sum(0)
        np.testing.assert_array_equal(session.run(None, {"x": x})[0], x + total)
    node = helper.make_node
    varying = model(
        [node("Add", ["x", "s"], ["s2"]), node("Neg", ["s2"], ["y"])],
        {"x": ["n", 3], "s": ["n", 3]},
        {"y": ["n", 3], "s2": ["n", 3]},
    )
    with pytest.raises(edgert.CompileError, match=r"\[2, 3\] and \[5, 3\]"):
        edgert.compile(varying, state={"s2": "s"}, input_shapes=shapes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"state": {"nothing": "s"}}, "no output 'nothing'; outputs: y, s2, t"),
        ({"state": {"s2": "nothing"}}, "no input 'nothing'; inputs: x, s"),
        ({"state": {"t": "s"}}, r"float32 \[4, 3\], the input float32 \[3, 4\]"),
        ({"state": {"s2": "s", "y": "s"}}, "several outputs are kept for the input 's'"),
        ({"initial_state": {"s": np.zeros(3)}}, "'s', which is no declared state"),
        ({"state": {"s2": "s"}, "initial_state": {"s": np.zeros((3, 4))}}, "float64"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(options, message):
    with pytest.raises(edgert.CompileError, match=message):
        edgert.compile(counter(), **options)


def test_states_count_in_the_budget():
    needed = edgert.compile(counter(), state={"s2": "s"}).arena_bytes
    with pytest.raises(edgert.CompileError, match="states take 48 B throughout"):
        edgert.compile(counter(), state={"s2": "s"}, max_ram=needed - 1)
