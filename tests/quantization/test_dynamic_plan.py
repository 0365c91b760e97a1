import numpy as np
import onnx_ir as ir

from edgert_compiler.quantization.dynamic import MINIMUM_WORK, dynamic_plan, work_per_element
from edgert_compiler.quantization.graph import operators
from edgert_compiler.quantization.plan import Precision
from edgert_compiler.quantization.qdq_export import to_qdq
from tests.quantization.models import Builder, feeds, optimized, residual_cnn
from tests.quantization.reference import Reference


def decisions(model):
    plan = dynamic_plan(model)
    return {op.output.name: plan.decisions[op.name] for op in operators(model)}


def test_products_with_enough_work_are_dynamic():
    b = Builder((1, 16, 8, 8))
    b.conv("x", "wide", 16, MINIMUM_WORK)
    b.conv("wide", "narrow", MINIMUM_WORK, MINIMUM_WORK - 16)
    b.conv("narrow", "taps", MINIMUM_WORK - 16, 4, 3)
    found = decisions(optimized(b.build("taps")))
    assert found["wide"].precision is Precision.DYNAMIC
    assert found["narrow"].precision is Precision.FLOAT
    assert str(MINIMUM_WORK) in found["narrow"].reason
    assert found["taps"].precision is Precision.DYNAMIC


def test_depthwise_and_other_operators_are_float_with_a_reason():
    found = decisions(optimized(residual_cnn()))
    assert found["dw"].precision is Precision.FLOAT
    assert "depthwise" in found["dw"].reason
    assert all(d.reason for d in found.values() if d.precision is Precision.FLOAT)


def test_work_counts_multiply_accumulates():
    b = Builder((1, 4, 8, 8))
    b.conv("x", "y", 4, 6, 3, stride=2)
    (op,) = operators(optimized(b.build("y")))
    macs = 4 * 4 * 16 * 4 * 9  # output pixels, a block of channels, input channels, taps
    assert work_per_element(op) == macs / (4 * 8 * 8)


def test_exported_dynamic_plan_is_close_to_float():
    b = Builder((1, 3, 16, 16))
    b.conv("x", "y", 3, 64, 3)
    model = optimized(b.build("y"))
    exported = to_qdq(model, dynamic_plan(model))
    assert "DynamicQuantizeLinear" in [node.op_type for node in exported.graph]
    for feed in feeds((1, 3, 16, 16), 2):
        expected, actual = Reference(model)(feed)["y"], Reference(ir.to_proto(exported))(feed)["y"]
        assert 0 < np.abs(actual - expected).max() < 0.03 * np.abs(expected).max()
