import numpy as np
import onnx.parser
import pytest

import edgert
from edgert.errors import InputError
from edgert_compiler.quantization.bias_correction import correct_biases
from edgert_compiler.quantization.calibration import calibration_model, observe, wanted
from edgert_compiler.quantization.observers import find_observer
from edgert_compiler.quantization.plan import PREACTIVATION
from edgert_compiler.quantization.qdq_export import to_qdq
from edgert_compiler.quantization.ranges import CalibratedRanges
from edgert_compiler.quantization.static import static_plan
from tests.quantization.models import Builder, concat_cnn, feeds, optimized, residual_cnn
from tests.quantization.reference import Reference, calibrate

SHAPE = (1, 3, 16, 16)


def test_only_computed_values_are_observed():
    names = wanted(optimized(concat_cnn())).histograms
    assert set(names) == {"x", "a", "b", "b" + PREACTIVATION, "y"}


def test_ranges_are_those_of_the_float_model():
    model = residual_cnn()
    data = feeds(SHAPE)
    statistics = calibrate(optimized(model), data)
    model.graph.output.extend(
        value for value in model.graph.value_info if value.name in ("stem", "dw", "block", "head")
    )
    reference = Reference(model)
    outputs = [{**feed, **reference(feed)} for feed in data]
    for name in ("x", "stem", "dw", "block", "head"):
        seen = np.stack([output[name] for output in outputs])
        histogram = statistics.histograms[name]
        assert (histogram.minimum, histogram.maximum) == pytest.approx(
            (seen.min(), seen.max()), rel=1e-5
        )
        assert len(histogram) == seen.size
    for name in ("x", "stem", "dw", "block"):
        seen = np.stack([output[name] for output in outputs])
        np.testing.assert_allclose(
            statistics.means[name, 1], seen.mean(axis=(0, 1, 3, 4)), rtol=1e-4, atol=1e-5
        )


def test_progress_counts_samples():
    model = optimized(residual_cnn())
    what = wanted(model)
    seen = []
    observe(feeds(SHAPE, 3), what, Reference(calibration_model(model, what)), seen.append)
    assert seen == [1, 2, 3]


def test_a_failing_reader_is_not_hidden():
    def broken():
        yield feeds(SHAPE, 1)[0]
        raise InputError("the disk is gone")

    with pytest.raises(InputError, match="disk"):
        calibrate(optimized(residual_cnn()), broken())


def linear_model(group: int):
    """One product over inputs of large mean, where rounding the weights shifts the output."""
    b = Builder((1, 8, 6, 6))
    b.conv("x", "y", 8, 8, 1, group=group)
    return optimized(b.build("y"))


@pytest.mark.parametrize("group", [1, 2, 4])
def test_bias_correction_removes_the_mean_error(group):
    model = linear_model(group)
    random = np.random.default_rng(0)
    offsets = random.uniform(20, 30, (1, 8, 1, 1))
    data = [{"x": (random.normal(size=(1, 8, 6, 6)) + offsets).astype("f4")} for _ in range(16)]
    statistics = calibrate(model, data)
    ranges = CalibratedRanges(statistics.histograms, find_observer("min_max"))
    plan = static_plan(model, ranges)
    corrected = correct_biases(model, plan, statistics.means)
    reference = Reference(model)

    def mean_error(candidate):
        run = Reference(to_qdq(candidate, plan))
        errors = [run(feed)["y"] - reference(feed)["y"] for feed in data]
        return np.abs(np.mean(errors, axis=(0, 1, 3, 4))).max()

    assert mean_error(corrected) < 0.5 * mean_error(model)
    names = [value.name for value in model.graph[0].inputs]
    assert names[2] != corrected.graph[0].inputs[2].name, "the original keeps its bias"


def test_products_that_read_a_value_along_different_axes():
    proto = onnx.parser.parse_model("""
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[1, 4, 6, 5] x) => (float[1, 4, 6, 5] c, float[1, 4, 6, 3] m) {
      r = Relu (x)
      c = Conv (r, w)
      m = MatMul (r, k)
    }
    """)
    rng = np.random.default_rng(0)
    w = rng.standard_normal((4, 4, 1, 1)).astype(np.float32)
    k = rng.standard_normal((5, 3)).astype(np.float32)
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(array, name) for name, array in (("w", w), ("k", k))
    )
    samples = [{"x": rng.random((1, 4, 6, 5)).astype(np.float32)} for _ in range(3)]
    report = edgert.compile(proto, calibration=samples)
    x = samples[0]["x"]
    c, m = edgert.InferenceSession(report.bundle).run(None, {"x": x})
    np.testing.assert_allclose(c, np.einsum("nchw,oc->nohw", x, w[..., 0, 0]), atol=0.1)
    np.testing.assert_allclose(m, x @ k, atol=0.1)
