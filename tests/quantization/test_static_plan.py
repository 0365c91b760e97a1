import numpy as np
import pytest

from edgert_compiler.quantization.graph import operators
from edgert_compiler.quantization.observers import find_observer
from edgert_compiler.quantization.plan import PREACTIVATION, Precision
from edgert_compiler.quantization.ranges import CalibratedRanges, PrescribedRanges
from edgert_compiler.quantization.static import static_plan
from tests.quantization.models import (
    Builder,
    attention_scores,
    concat_cnn,
    feeds,
    optimized,
    residual_cnn,
)
from tests.quantization.reference import calibrate


def ranges_of(model, observer="min_max"):
    statistics = calibrate(model, feeds(tuple(int(d) for d in model.graph.inputs[0].shape)))
    return CalibratedRanges(statistics.histograms, find_observer(observer))


def plan_of(model, observer="min_max"):
    return static_plan(model, ranges_of(model, observer))


def precisions(model, plan):
    return {op.output.name: plan.precision(op.name) for op in operators(model)}


def test_products_are_int8_and_the_tail_is_float():
    model = optimized(residual_cnn())
    plan = plan_of(model)
    found = precisions(model, plan)
    assert {name for name, p in found.items() if p is Precision.INT8} == {
        "stem",
        "dw",
        "block",
        "head",
    }
    assert "head" not in plan.activations, "the last product writes float"
    assert {"x", "stem", "dw", "block"} == set(plan.activations)


def test_every_float_node_has_a_reason():
    model = optimized(residual_cnn())
    plan = plan_of(model)
    assert set(plan.decisions) == {node.name for node in model.graph}
    for decision in plan.decisions.values():
        assert bool(decision.reason) == (decision.precision is Precision.FLOAT)


def test_clamped_values_use_every_level():
    model = optimized(residual_cnn())
    plan = plan_of(model)
    assert plan.activations["stem"].zero_point == -128
    assert plan.activations["dw"].scale <= 6 / 255 + 1e-6


def test_concat_and_pool_share_parameters():
    model = optimized(concat_cnn())
    activations = plan_of(model).activations
    assert len({activations[name] for name in ("a", "b", "joined", "pooled")}) == 1


def test_activations_by_table_have_parameters_on_both_sides():
    activations = plan_of(optimized(concat_cnn())).activations
    before = activations["b" + PREACTIVATION]
    low, high = (np.array([-128, 127]) - before.zero_point) * before.scale
    assert low < 0 < high
    # Half a step of the output allows saturation where sigmoid is nearly flat.
    assert high - low < 16


def test_transcendental_tail_stays_float():
    b = Builder((1, 4, 8, 8))
    b.conv("x", "a", 4, 4)
    b.node("Softmax", ["a"], "y", axis=1)
    model = optimized(b.build("y"))
    plan = plan_of(model)
    assert precisions(model, plan) == {"a": Precision.INT8, "y": Precision.FLOAT}
    assert "Softmax" in plan.decisions[model.graph[-1].name].reason


def test_elementwise_before_the_first_product_is_float():
    b = Builder((1, 4, 8, 8))
    b.node("Mul", ["x", "x"], "squared")
    b.conv("squared", "y", 4, 4)
    model = optimized(b.build("y"))
    plan = plan_of(model)
    assert precisions(model, plan) == {"squared": Precision.FLOAT, "y": Precision.INT8}
    assert set(plan.activations) == {"squared"}


def test_elementwise_between_products_is_int8():
    b = Builder((1, 4, 8, 8))
    b.conv("x", "a", 4, 4)
    b.conv("x", "b", 4, 4)
    b.node("Mul", ["a", "b"], "gated")
    b.conv("gated", "y", 4, 4)
    model = optimized(b.build("y"))
    assert set(precisions(model, plan_of(model)).values()) == {Precision.INT8}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_keep_their_readers_in_float(bad):
    b = Builder((1, 4, 8, 8))
    b.conv("x", "a", 4, 4)
    b.node("Add", ["a", b.constant(np.full((1, 4, 1, 1), bad, np.float32))], "broken")
    b.conv("broken", "y", 4, 4)
    model = optimized(b.build("y"))
    # The sum may have been folded into the first product's bias.
    plan = plan_of(model)
    decision = plan.decisions[model.graph[-1].name]
    assert decision.precision is Precision.FLOAT
    assert "finite" in decision.reason


def test_prescribed_plan_leaves_values_without_parameters_in_float():
    model = optimized(residual_cnn())
    full = plan_of(model)
    without = {k: v for k, v in full.activations.items() if k != "dw"}
    plan = static_plan(model, PrescribedRanges(without))
    found = precisions(model, plan)
    assert found["block"] is Precision.FLOAT
    assert found["stem"] is found["dw"] is Precision.INT8
    assert (
        "dw"
        in plan.decisions[next(n.name for n in model.graph if n.outputs[0].name == "block")].reason
    )


def test_dead_channel_does_not_overflow_the_bias():
    b = Builder((1, 4, 8, 8))
    weights = b.random.normal(size=(4, 4, 1, 1)).astype(np.float32)
    weights[1] *= 1e-15
    b.node("Conv", ["x", b.constant(weights), b.constant(np.ones(4, np.float32))], "y")
    model = optimized(b.build("y"))
    plan = plan_of(model)
    (params,) = plan.weights.values()
    assert np.abs(1.0 / (params.scale * plan.activations["x"].scale)).max() < 2**31


def test_product_of_two_computed_factors_stays_float_before_a_float_operator():
    model = optimized(attention_scores())
    plan = plan_of(model)
    assert precisions(model, plan)["scores"] is Precision.FLOAT
    assert "scores" not in plan.activations
