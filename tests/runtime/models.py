"""Small ONNX models that together call every kernel of the core."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_FLOAT = TensorProto.FLOAT


def _weights(*shape: int, seed: int = 3) -> onnx.TensorProto:
    values = np.random.default_rng(seed).normal(size=shape) / np.sqrt(max(np.prod(shape[1:]), 1))
    return numpy_helper.from_array(values.astype(np.float32))


def _model(
    nodes: list[onnx.NodeProto],
    inputs: dict[str, tuple[int, list[int]]],
    outputs: list[str],
    constants: dict[str, onnx.TensorProto | np.ndarray],
    strict: bool = True,
    opset: int = 17,
) -> onnx.ModelProto:
    """`strict`: ONNX infers every shape; it does not behind operators of ai.onnx.ml."""
    initializers = []
    for name, value in constants.items():
        tensor = numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        tensor.name = name
        initializers.append(tensor)
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info(n, t, shape) for n, (t, shape) in inputs.items()],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        initializers,
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    if strict:
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        onnx.checker.check_model(model)
    return model


def convolutions() -> onnx.ModelProto:
    """Convolutions of every kind, pooling, residual, upsampling, concatenation."""
    node = helper.make_node
    return _model(
        [
            node("Conv", ["x", "w0"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
            node("Relu", ["a"], ["b"]),
            node("Conv", ["b", "w1"], ["c"], pads=[1, 1, 1, 1], group=20),
            node("HardSwish", ["c"], ["d"]),
            node("Conv", ["d", "w2"], ["e"]),
            node("Add", ["e", "b"], ["f"]),
            node("MaxPool", ["f"], ["g"], kernel_shape=[2, 2], strides=[2, 2]),
            node("AveragePool", ["f"], ["h"], kernel_shape=[2, 2], strides=[2, 2]),
            node("Concat", ["g", "h"], ["i"], axis=1),
            node("Resize", ["i", "", "scales"], ["j"], mode="linear"),
            node("Conv", ["j", "w3"], ["k"], group=2, dilations=[2, 2], pads=[2, 2, 2, 2]),
            node("ConvTranspose", ["k", "w4"], ["l"], strides=[2, 2]),
            node("GlobalAveragePool", ["l"], ["m"]),
            node("Flatten", ["m"], ["n"]),
            node("Gemm", ["n", "w5"], ["o"]),
            node("Softmax", ["o"], ["y"]),
        ],
        {"x": (_FLOAT, [1, 3, 18, 14])},
        ["y"],
        {
            "w0": _weights(20, 3, 3, 3),
            "w1": _weights(20, 1, 3, 3),
            "w2": _weights(20, 20, 1, 1),
            "w3": _weights(8, 20, 3, 3),
            "w4": _weights(8, 6, 2, 2),
            "w5": _weights(6, 5),
            "scales": np.array([1, 1, 2, 2], np.float32),
        },
    )


def attention() -> onnx.ModelProto:
    """Products of run-time operands, layer normalization, gather, transposes, log-softmax."""
    node = helper.make_node
    return _model(
        [
            node("Gather", ["table", "tokens"], ["e"]),
            node("Mul", ["e", "mask"], ["x"]),
            node("MatMul", ["x", "wq"], ["q"]),
            node("MatMul", ["x", "wk"], ["k"]),
            node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
            node("MatMul", ["q", "kt"], ["s"]),
            node("Softmax", ["s"], ["p"]),
            node("MatMul", ["p", "x"], ["v"]),
            node("LayerNormalization", ["v", "gamma"], ["n"]),
            node("Slice", ["n", "from", "to"], ["c"]),
            node("Tanh", ["c"], ["t"]),
            node("ArgMax", ["t"], ["best"], axis=2, keepdims=0),
            node("LogSoftmax", ["t"], ["y"]),
            node("ReduceMax", ["t"], ["top"], axes=[2]),
        ],
        {"tokens": (TensorProto.INT64, [1, 7]), "mask": (_FLOAT, [1, 7, 1])},
        ["y", "best", "top"],
        {
            "table": _weights(11, 12),
            "wq": _weights(12, 12),
            "wk": _weights(12, 12, seed=4),
            "gamma": np.ones(12, np.float32),
            "from": np.array([0, 1, 0]),
            "to": np.array([1, 6, 12]),
        },
    )


def products() -> onnx.ModelProto:
    """Fully connected layers that are worth int8 without calibration, and products between them."""
    node = helper.make_node
    return _model(
        [
            node("MatMul", ["x", "w0"], ["a"]),
            node("MatMul", ["x", "w1"], ["b"]),
            node("Transpose", ["b"], ["bt"], perm=[0, 2, 1]),
            node("MatMul", ["a", "bt"], ["c"]),
            node("MatMul", ["c", "a"], ["d"]),
            node("MatMul", ["d", "w2"], ["e"]),
            node("Add", ["e", "bias"], ["f"]),
            node("Relu", ["f"], ["y"]),
        ],
        {"x": (_FLOAT, [2, 5, 12])},
        ["y"],
        {
            "w0": _weights(12, 100),
            "w1": _weights(12, 100, seed=4),
            "w2": _weights(100, 97, seed=5),
            "bias": _weights(97),
        },
    )


def mixed() -> onnx.ModelProto:
    """Without calibration: float products between those that are quantized while running."""
    node = helper.make_node
    same = {"pads": [1, 1, 1, 1]}
    return _model(
        [
            node("Conv", ["x", "w0", "b0"], ["a"], strides=[2, 2], **same),
            node("Relu", ["a"], ["b"]),
            node("Conv", ["b", "w1", "b0"], ["c"], group=40, **same),
            node("HardSwish", ["c"], ["d"]),
            node("Conv", ["d", "w2"], ["e"], group=40, strides=[2, 2], pads=[2, 2, 2, 2]),
            node("Conv", ["e", "w3"], ["f"], group=40, pads=[0, 3, 0, 3]),
            node("Conv", ["f", "w4"], ["g"], **same),
            node("GlobalAveragePool", ["g"], ["h"]),
            node("Conv", ["h", "w5"], ["i"]),
            node("Sigmoid", ["i"], ["j"]),
            node("Mul", ["g", "j"], ["k"]),
            node("Resize", ["k", "", "scales"], ["l"], mode="linear"),
            node("Conv", ["l", "w6"], ["m"], **same),
            node("Add", ["m", "l"], ["n"]),
            node("Reshape", ["n", "rows"], ["o"]),
            node("Transpose", ["o"], ["p"], perm=[0, 2, 1]),
            node("MatMul", ["p", "o"], ["q"]),
            node("Softmax", ["q"], ["r"]),
            node("MatMul", ["r", "p"], ["s"]),
            node("LayerNormalization", ["s", "gamma"], ["t"]),
            node("MatMul", ["t", "w7"], ["y"]),
        ],
        {"x": (_FLOAT, [1, 3, 17, 15])},
        ["y", "f", "k", "s"],
        {
            "w0": _weights(40, 3, 3, 3),
            "b0": _weights(40),
            "w1": _weights(40, 1, 3, 3),
            "w2": _weights(40, 1, 5, 5),
            "w3": _weights(40, 1, 1, 7),
            "w4": _weights(24, 40, 3, 3),
            "w5": _weights(24, 24, 1, 1),
            "w6": _weights(24, 24, 3, 3),
            "w7": _weights(24, 100),
            "scales": np.array([1, 1, 2, 2], np.float32),
            "rows": np.array([1, 24, -1]),
            "gamma": np.ones(24, np.float32),
        },
    )


def dtypes() -> onnx.ModelProto:
    """Elementwise operators and reductions on integers and booleans, with broadcasting."""
    node = helper.make_node
    return _model(
        [
            node("Add", ["i", "one"], ["i1"]),
            node("Mod", ["i1", "three"], ["i2"]),
            node("ReduceSum", ["i2"], ["total"], keepdims=1),
            node("Cast", ["i2"], ["f"], to=_FLOAT),
            node("Mul", ["f", "x"], ["fx"]),
            node("Greater", ["fx", "zero"], ["positive"]),
            node("Where", ["positive", "fx", "x"], ["w"]),
            node("Pad", ["w", "pads"], ["padded"]),
            node("ReduceMean", ["padded"], ["mean"], axes=[0]),
            node("ReduceProd", ["x"], ["product"], axes=[1]),
            node("ReduceMin", ["x"], ["least"], axes=[1]),
            node("ArgMin", ["x"], ["where"], axis=0),
            node("Not", ["positive"], ["negative"]),
        ],
        {"i": (TensorProto.INT32, [4, 1]), "x": (_FLOAT, [1, 9])},
        ["total", "mean", "product", "least", "where", "negative"],
        {
            "one": np.array([1], np.int32),
            "three": np.array([3], np.int32),
            "zero": np.array([0], np.float32),
            "pads": np.array([1, 0, 0, 2]),
        },
    )


def element_types() -> onnx.ModelProto:
    """Types that are for storage, and arithmetic on doubles."""
    node = helper.make_node
    return _model(
        [
            node("Cast", ["x"], ["d"], to=TensorProto.DOUBLE),
            node("Add", ["d", "third"], ["sum"]),
            node("Sqrt", ["sum"], ["root"]),
            node("Less", ["root", "d"], ["less"]),
            node("Cast", ["root"], ["small"], to=TensorProto.FLOAT8E4M3FN, saturate=0),
            node("Transpose", ["small"], ["turned"]),
            node("Cast", ["turned"], ["brain"], to=TensorProto.BFLOAT16),
            node("Mul", ["brain", "brain"], ["square"]),
            node("Cast", ["square"], ["y"], to=_FLOAT),
            node("Cast", ["x"], ["nibble"], to=TensorProto.INT4),
            node("Cast", ["nibble"], ["byte"], to=TensorProto.INT8),
        ],
        {"x": (_FLOAT, [5, 7])},
        ["sum", "less", "y", "byte"],
        {"third": np.array([5 + 1 / 3])},
        opset=21,
    )


def sampling() -> onnx.ModelProto:
    """Reads at places that are inputs."""
    node = helper.make_node
    return _model(
        [
            node("GridSample", ["x", "grid"], ["s"], padding_mode="border"),
            node("RoiAlign", ["s", "rois", "images"], ["y"], output_height=2, sampling_ratio=2),
        ],
        {"x": (_FLOAT, [2, 3, 6, 5]), "grid": (_FLOAT, [2, 4, 7, 2]), "rois": (_FLOAT, [3, 4])},
        ["y"],
        {"images": np.array([0, 1, 1])},
    )


def selection() -> onnx.ModelProto:
    """Operators that write to, order and select by run-time indices; sizes that depend on data."""
    node = helper.make_node
    return _model(
        [
            node("ScatterElements", ["x", "i", "x"], ["scattered"], axis=1),
            node("ScatterND", ["x", "pairs", "ones"], ["added"], reduction="add"),
            node("CumSum", ["x", "axis"], ["running"], reverse=1),
            node("TopK", ["x", "k"], ["best", "order"]),
            node("Unique", ["i"], ["values", "", "", "counts"]),
            node("NonMaxSuppression", ["boxes", "scores", "most", "overlap"], ["selected"]),
            node("NonZero", ["selected"], ["where"]),
        ],
        {
            "x": (_FLOAT, [3, 11]),
            "i": (TensorProto.INT64, [3, 11]),
            "boxes": (_FLOAT, [1, 9, 4]),
            "scores": (_FLOAT, [1, 2, 9]),
        },
        ["scattered", "added", "running", "best", "order", "values", "counts", "where"],
        {
            "pairs": np.array([[0, 1], [2, -3], [0, 1]]),
            "ones": np.ones(3, np.float32),
            "axis": np.array(1),
            "k": np.array([4]),
            "most": np.array([3]),
            "overlap": np.array([0.5], np.float32),
        },
    )


def predictors() -> onnx.ModelProto:
    """Decision trees of all comparisons, and support vectors with probabilities."""
    modes = ("BRANCH_LEQ", "BRANCH_EQ", "BRANCH_GTE", "LEAF", "LEAF", "LEAF", "LEAF")
    trees = {
        "nodes_treeids": [0] * 7 + [1] * 7,
        "nodes_nodeids": [*range(7)] * 2,
        "nodes_featureids": [0, 1, 2, 0, 0, 0, 0, 3, 2, 1, 0, 0, 0, 0],
        "nodes_values": [0.1, 0.0, -0.5, 0, 0, 0, 0] * 2,
        "nodes_modes": modes * 2,
        "nodes_truenodeids": [1, 3, 5, 0, 0, 0, 0] * 2,
        "nodes_falsenodeids": [2, 4, 6, 0, 0, 0, 0] * 2,
        "nodes_missing_value_tracks_true": [1, 0, 1, 0, 0, 0, 0] * 2,
        "target_treeids": [0] * 8 + [1] * 8,
        "target_nodeids": [3, 3, 4, 4, 5, 5, 6, 6] * 2,
        "target_ids": [0, 1] * 8,
        "target_weights": [float(i % 5) for i in range(16)],
        "n_targets": 2,
    }
    machines = {
        "classlabels_ints": [0, 1, 2],
        "vectors_per_class": [1, 1, 1],
        "support_vectors": [0.5, 1.0, 0.0, -1.0, 1.5, 0.0, 0.5, 0.5, -1.0, 0.25, 0.0, 2.0],
        "coefficients": [1.0, -0.5, 0.25, 0.5, 1.0, -1.0],
        "rho": [0.1, -0.2, 0.3],
        "prob_a": [-1.0, -2.0, -0.5],
        "prob_b": [0.0, 0.1, 0.2],
        "kernel_type": "RBF",
        "kernel_params": [0.25, 0.0, 0.0],
    }
    ml = "ai.onnx.ml"
    nodes = [
        helper.make_node("TreeEnsembleRegressor", ["x"], ["sums"], domain=ml, **trees),
        helper.make_node("SVMClassifier", ["x"], ["label", "probabilities"], domain=ml, **machines),
    ]
    model = _model(nodes, {"x": (_FLOAT, [11, 4])}, [], {}, strict=False)
    for name, dtype, shape in (
        ("sums", _FLOAT, [11, 2]),
        ("label", TensorProto.INT64, [11]),
        ("probabilities", _FLOAT, [11, 3]),
    ):
        model.graph.output.append(helper.make_tensor_value_info(name, dtype, shape))
    onnx.checker.check_model(model)
    return model


def control_flow() -> onnx.ModelProto:
    """A loop that may end early, with a branch in it and collected results, and a recurrence."""
    model = onnx.parser.parse_model(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        model (float[2,6] x, bool up, float[60,6] series) => (float[2,6] y, float[6,2] rows,
                                                              float[60,6] sums)
        <int64 limit = {6}, bool yes = {1}, float bound = {9.0}, float[6] zeros = {0,0,0,0,0,0}>
        {
            y, rows = Loop(limit, yes, x) <
                body = step (int64 i, bool go, float[2,6] v)
                    => (bool more, float[2,6] next, float[2] row)
                {
                    next = If(up) <
                        then_branch = a () => (float[2,6] p) { d = Mul(v, x) p = Add(d, v) },
                        else_branch = b () => (float[2,6] q) { q = Tanh(v) }
                    >
                    row = ReduceSum<keepdims=0>(next, axis)
                    total = ReduceMax<keepdims=0>(row)
                    more = Less(total, bound)
                }
            >
            final, sums = Scan(zeros, series) <
                num_scan_inputs = 1,
                scan_output_directions = [1],
                body = add (float[6] state, float[6] entry) => (float[6] next, float[6] out) {
                    half = Mul(state, state)
                    wave = Sin(half)
                    next = Add(wave, entry)
                    out = Abs(next)
                }
            >
        }
        """
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array([1]), "axis"))
    onnx.checker.check_model(model)
    return model


def int8_control_flow() -> onnx.ModelProto:
    """Convolutions in a loop and its branches; sampling, sums, writes and resizing in between."""
    model = onnx.parser.parse_model(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        model (float[1,8,9,7] x, bool up, float[1,6,5,2] grid)
            => (float[1,8,12,10] y, float[1,8,9,7] last, float[n] means)
        <int64 trips = {4}, bool yes = {1}, float bound = {9.0}, float[4] scales = {1,1,2,2},
         int64 axis = {2}>
        {
            last, means = Loop(trips, yes, x) <
                body = step (int64 i, bool go, float[1,8,9,7] a)
                    => (bool more, float[1,8,9,7] next, float mean)
                {
                    b = Conv<pads = [1,1,1,1]>(a, w0)
                    c = Relu(b)
                    next = If(up) <
                        then_branch = t () => (float[1,8,9,7] p) {
                            d = Conv<pads = [1,1,1,1]>(c, w1)
                            p = Add(d, c)
                        },
                        else_branch = e () => (float[1,8,9,7] q) {
                            q = Conv<pads = [1,1,1,1]>(c, w2)
                        }
                    >
                    mean = ReduceMean<keepdims = 0>(next)
                    more = Less(mean, bound)
                }
            >
            f = Conv<pads = [1,1,1,1]>(last, w1)
            sampled = GridSample<padding_mode = "border">(f, grid)
            sums = CumSum(sampled, axis)
            written = ScatterND(sums, places, updates)
            larger = Resize<mode = "linear">(written, , scales)
            shifted = Add(larger, offset)
            y = Conv<pads = [1,1,1,1]>(shifted, w2)
        }
        """
    )
    for name, tensor in {
        "w0": _weights(8, 8, 3, 3),
        "w1": _weights(8, 8, 3, 3, seed=4),
        "w2": _weights(8, 8, 3, 3, seed=5),
        "offset": _weights(1, 8, 1, 1, seed=6),
        "places": numpy_helper.from_array(np.array([[0, 1], [0, 6]])),
        "updates": _weights(2, 6, 5, seed=7),
    }.items():
        tensor.name = name
        model.graph.initializer.append(tensor)
    onnx.checker.check_model(model)
    return model


MODELS: dict[str, Callable[[], onnx.ModelProto]] = {
    "convolutions": convolutions,
    "attention": attention,
    "products": products,
    "dtypes": dtypes,
    "element_types": element_types,
    "control_flow": control_flow,
    "int8_control_flow": int8_control_flow,
    "selection": selection,
    "predictors": predictors,
    "sampling": sampling,
}


def feed(model: onnx.ModelProto, seed: int = 0) -> dict[str, np.ndarray]:
    """Random inputs; integers are valid indices of `attention`."""
    rng = np.random.default_rng(seed)
    result = {}
    for value in model.graph.input:
        shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        dtype = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
        integer = np.issubdtype(dtype, np.integer)
        values = rng.integers(0, 11, shape) if integer else rng.normal(size=shape)
        result[value.name] = values.astype(dtype)
    return result
