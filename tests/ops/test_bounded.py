"""Outputs whose size depends on data: whole post-processing graphs, against onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

import edgert
from edgert.errors import UnsupportedOpError


def model(signature: str, body: str, **constants: object) -> onnx.ModelProto:
    """A model in ONNX's text syntax; constants are scalars, lists or arrays."""
    proto = onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 17]> test {signature} {{ {body} }}'
    )
    for name, value in constants.items():
        array = np.asarray(value)
        array = array.astype(np.float32) if array.dtype == np.float64 else array
        proto.graph.initializer.append(numpy_helper.from_array(array, name))
    onnx.checker.check_model(proto)
    return proto


def compiled(proto: onnx.ModelProto, **options: object) -> edgert.InferenceSession:
    report = edgert.compile(proto, **{"precision": "fp32", **options})
    return edgert.InferenceSession(report.bundle)


def check(proto: onnx.ModelProto, *feeds: dict[str, np.ndarray]) -> edgert.InferenceSession:
    """The outputs have the shapes, types and values that onnxruntime's have, for every feed."""
    session = compiled(proto)
    reference = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for feed in feeds:
        for actual, expected in zip(session.run(None, feed), reference.run(None, feed)):
            assert actual.shape == expected.shape
            assert actual.dtype == expected.dtype
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
    return session


def boxes(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Corners of boxes that overlap here and there."""
    corner = rng.uniform(0, 60, (*shape, 2))
    size = rng.uniform(5, 25, (*shape, 2))
    return np.concatenate([corner, corner + size], -1).astype(np.float32)


# A detector of the YOLO kind: suppression by class, then rows of (class, box, score).
YOLO = model(
    "(float[1,40,4] boxes, float[1,40,3] scores) => (float[n,6] rows, int64[n,3] selected)",
    """by_class = Transpose<perm=[0,2,1]>(scores)
       selected = NonMaxSuppression(boxes, by_class, most, overlap, least)
       label = Gather<axis=1>(selected, one)
       where = Gather<axis=1>(selected, two)
       box_rows = Squeeze(boxes, axis0)
       box = Gather<axis=0>(box_rows, where)
       labels = Unsqueeze(label, axis1)
       place = Slice(selected, one_at, end, axis1)
       batch = Slice(selected, zero_at, one_at, axis1)
       at = Concat<axis=1>(batch, place)
       score = GatherND(by_class, at)
       scores_column = Unsqueeze(score, axis1)
       label_column = Cast<to=1>(labels)
       rows = Concat<axis=1>(label_column, box, scores_column)""",
    most=np.array([5]), overlap=np.array([0.4], np.float32), least=np.array([0.55], np.float32),
    one=np.array(1), two=np.array(2), axis0=[0], axis1=[1], zero_at=[0], one_at=[1], end=[3],
)  # fmt: skip

# As torchvision filters boxes: score threshold, the best 10, suppression per class by offsets.
TORCHVISION = model(
    "(float[60,4] boxes, float[60] scores, int64[60] labels)"
    " => (float[n,4] kept_boxes, float[n] kept_scores, int64[n] kept_labels)",
    """likely = Greater(scores, threshold)
       where = NonZero(likely)
       keep = Squeeze(where, axis0)
       s = Gather<axis=0>(scores, keep)
       b = Gather<axis=0>(boxes, keep)
       l = Gather<axis=0>(labels, keep)
       shape = Shape(s)
       limited = Concat<axis=0>(shape, ten)
       k = ReduceMin<keepdims=1>(limited)
       best, order = TopK<axis=0>(s, k)
       b2 = Gather<axis=0>(b, order)
       l2 = Gather<axis=0>(l, order)
       side = ReduceMax<keepdims=0>(b2)
       step = Add(side, one)
       numbers = Cast<to=1>(l2)
       offset = Mul(numbers, step)
       offsets = Unsqueeze(offset, axis1)
       apart = Add(b2, offsets)
       b3 = Unsqueeze(apart, axis0)
       s3 = Unsqueeze(best, axis01)
       picked = NonMaxSuppression(b3, s3, most, overlap)
       column = Gather<axis=1>(picked, two)
       kept_boxes = Gather<axis=0>(b2, column)
       kept_scores = Gather<axis=0>(best, column)
       kept_labels = Gather<axis=0>(l2, column)""",
    threshold=0.5, axis0=[0], axis1=[1], axis01=[0, 1], ten=[10], one=1.0, two=np.array(2),
    most=np.array([np.iinfo(np.int64).max]), overlap=np.array([0.3], np.float32),
)  # fmt: skip

# What exporters make of tensors "like" another: shapes computed from counts.
SHAPES = model(
    "(float[4,6] x)"
    " => (float[n] sums, float[n,5] wide, int64[n] numbers, float[m] flat, int64 size)",
    """hit = Greater(x, zero)
       any = Cast<to=1>(hit)
       total = ReduceSum<keepdims=0>(any, axis1)
       rows_hit = Greater(total, two)
       rows = Compress<axis=0>(x, rows_hit)
       sums = ReduceSum<keepdims=0>(rows, axis1)
       shape = Shape(rows)
       n = Gather(shape, zero_i)
       numbers = Range(zero_i, n, one_i)
       n1 = Unsqueeze(n, axis0)
       target = Concat<axis=0>(n1, five)
       column = Unsqueeze(sums, axis1)
       wide0 = Expand(column, target)
       ones = ConstantOfShape<value=float[1]{1.5}>(target)
       wide = Add(wide0, ones)
       flat = Reshape(rows, minus)
       size = Size(rows)""",
    zero=0.0, two=2.0, axis1=[1], axis0=[0], zero_i=np.array(0), one_i=np.array(1), five=[5],
    minus=[-1],
)  # fmt: skip

# Everything that combines entries along the axis.
COMBINED = model(
    "(float[12] x, float[12,3] y) => (float[1,3] mean, float[3] least, float most, int64 at,"
    " float[n] weights, float[3,3] gram, float[n] running, float[2] top, float[p] first)",
    """hit = Greater(x, zero)
       where = NonZero(hit)
       i = Reshape(where, minus)
       a = Gather<axis=0>(x, i)
       b = Gather<axis=0>(y, i)
       mean = ReduceMean<axes=[0]>(b)
       least = ReduceMin<axes=[0], keepdims=0>(b)
       most = ReduceMax<keepdims=0>(a)
       at = ArgMax<axis=0, keepdims=0>(a)
       weights = Softmax<axis=0>(a)
       bt = Transpose(b)
       gram = MatMul(bt, b)
       running = CumSum<reverse=1>(a, zero_i)
       top, unused = TopK<axis=0, largest=0>(a, two)
       first = Slice(a, zero_at, four)""",
    zero=0.0, minus=[-1], zero_i=np.array(0), two=[2], zero_at=[0], four=[4],
)  # fmt: skip

UNIQUE = model(
    "(int64[9] x) => (int64[n] values, int64[n] first, int64[9] inverse, int64[n] counts)",
    "values, first, inverse, counts = Unique(x)",
)


def test_yolo_like_detector():
    rng = np.random.default_rng(1)
    feeds = [
        {"boxes": boxes(rng, 1, 40), "scores": rng.random((1, 40, 3), np.float32) * scale}
        for scale in (1.0, 0.7, 0.5, 1.2)
    ]
    session = check(YOLO, *[{k: v.astype(np.float32) for k, v in f.items()} for f in feeds])
    rows, selected = session.get_outputs()
    assert rows.shape == [None, 6]
    assert rows.max_shape == [15, 6]
    assert selected.shape == [None, 3]
    assert [port.name for port in session.get_outputs()] == ["rows", "selected"]


def test_torchvision_like_detector():
    rng = np.random.default_rng(2)
    feeds = [
        {
            "boxes": boxes(rng, 60),
            "scores": (rng.random(60) * scale).astype(np.float32),
            "labels": rng.integers(0, 3, 60),
        }
        for scale in (1.0, 0.52, 2.0, 0.55)
    ]
    session = check(TORCHVISION, *feeds)
    assert session.get_outputs()[0].max_shape == [10, 4]


def test_nothing_found_gives_empty_arrays():
    feed = {
        "boxes": np.zeros((60, 4), np.float32),
        "scores": np.zeros(60, np.float32),
        "labels": np.zeros(60, np.int64),
    }
    found = compiled(TORCHVISION).run(None, feed)
    assert [array.shape for array in found] == [(0, 4), (0,), (0,)]


@pytest.mark.parametrize("seed", range(4))
def test_shapes_computed_from_counts(seed):
    check(SHAPES, {"x": np.random.default_rng(seed).standard_normal((4, 6)).astype(np.float32)})


@pytest.mark.parametrize("seed", range(4))
def test_operators_that_combine_entries(seed):
    rng = np.random.default_rng(seed)
    feed = {"x": rng.standard_normal(12), "y": rng.standard_normal((12, 3))}
    check(COMBINED, {name: array.astype(np.float32) for name, array in feed.items()})


def test_unique():
    rng = np.random.default_rng(0)
    check(UNIQUE, {"x": rng.integers(0, 9, 9)}, {"x": np.zeros(9, np.int64)}, {"x": np.arange(9)})


def test_unique_without_its_middle_outputs():
    proto = model(
        "(float[7] x) => (float[n] values, int64[n] counts)",
        "values, first, inverse, counts = Unique<sorted=0>(x)",
    )
    proto.graph.node[0].output[1:3] = ["", ""]
    check(proto, {"x": np.array([3, 1, 3, 2, 1, 3, 0], np.float32)})


def test_results_do_not_depend_on_threads():
    rng = np.random.default_rng(5)
    feed = {"boxes": boxes(rng, 1, 40), "scores": rng.random((1, 40, 3)).astype(np.float32)}
    bundle = edgert.compile(YOLO, precision="fp32").bundle
    single = edgert.InferenceSession(bundle, num_threads=1).run(None, feed)
    several = edgert.InferenceSession(bundle, num_threads=3).run(None, feed)
    assert all(np.array_equal(a, b) for a, b in zip(single, several))


def test_int8_keeps_what_is_selected():
    rng = np.random.default_rng(6)
    feed = {"boxes": boxes(rng, 1, 40), "scores": rng.random((1, 40, 3)).astype(np.float32)}
    session = compiled(YOLO, precision="int8", calibration=[feed])
    expected = compiled(YOLO).run(["selected"], feed)[0]
    np.testing.assert_array_equal(session.run(["selected"], feed)[0], expected)


def positive_entries(body: str) -> onnx.ModelProto:
    """`a` are the positive entries of x, `b` the same as a column."""
    return model(
        "(float[6] x) => (float[n] y)",
        f"hit = Greater(x, zero) where = NonZero(hit) i = Reshape(where, minus)"
        f" a = Gather<axis=0>(x, i) b = Unsqueeze(a, one_at) {body}",
        zero=0.0, one=1.0, minus=[-1], zero_at=[0], one_at=[1], two_at=[2], two_pads=[0, 2],
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "y = LpNormalization<axis=0>(a)",
        "y = Flatten<axis=0>(b)",
        "y = Hardmax<axis=0>(a)",
        "n = ReduceSumSquare(a) y = Div(a, n)",
        "c = Concat<axis=1>(b, b) y = Reshape(c, minus)",
        "c = Abs(a) y = Concat<axis=0>(c, x, a)",
        "h = Greater(a, one) w = NonZero(h) v = Reshape(w, minus) y = Gather<axis=0>(a, v)",
    ],
)
def test_compositions_over_counted_entries(body):
    check(positive_entries(body), {"x": np.array([1, -1, 2, 3, -4, 0.5], np.float32)})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("y = Gather<axis=0>(a, zero_at)", "fixed entries of axis 0"),
        ("y = Slice(a, minus, two_at)", "combines entries along axis 0"),
        ("y = Add(a, x)", "different counts along axis 0"),
        ("y = ScatterElements(x, i, a)", "only its first input"),
        ("y = Pad(a, two_pads)", "combines entries along axis 0"),
    ],
)
def test_what_padding_would_change_is_refused(body, reason):
    with pytest.raises(UnsupportedOpError, match=reason):
        compiled(positive_entries(body))
