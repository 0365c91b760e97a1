"""The checker finds what a broken pass leaves behind, and names the pass."""

from __future__ import annotations

import onnx_ir as ir
import pytest

from edgert_compiler import passes
from edgert_compiler.importer import load_model
from edgert_compiler.passes.base import Pass
from edgert_compiler.passes.checker import InvariantError, Invariants

from .cases import build, normal


def chain() -> ir.Model:
    return load_model(
        build("(float[2,3] x) => (float[2,3] y)", "a = Relu(x) b = Exp(a) y = Add(a, b)")
    )


def nodes(model: ir.Model) -> dict[str, ir.Node]:
    return {node.op_type: node for node in model.graph}


def rename_output(model):
    model.graph.outputs[0].name = "z"


def change_shape(model):
    nodes(model)["Exp"].outputs[0].shape = ir.Shape([3, 2])


def forget_shape(model):
    nodes(model)["Exp"].outputs[0].shape = None


def forget_type(model):
    nodes(model)["Exp"].outputs[0].type = None


def duplicate_node_name(model):
    nodes(model)["Exp"].name = nodes(model)["Relu"].name


def duplicate_value_name(model):
    nodes(model)["Exp"].outputs[0].name = "a"


def make_cycle(model):
    nodes(model)["Relu"].replace_input_with(0, nodes(model)["Exp"].outputs[0])


def reorder(model):
    relu = nodes(model)["Relu"]
    model.graph.remove(relu)
    model.graph.append(relu)


def unknown_activation(model):
    gemm = ir.Node("edgert", "Gemm", [], [ir.AttrString("activation", "cube")], name="g")
    gemm.outputs[0].name, gemm.outputs[0].shape = "g", ir.Shape([1])
    gemm.outputs[0].type = ir.TensorType(ir.DataType.FLOAT)
    model.graph.append(gemm)


def computed_weights(model):
    exp = nodes(model)["Exp"]
    gemm = ir.Node("edgert", "Gemm", [exp.inputs[0], exp.outputs[0]], name="g")
    gemm.attributes.add(ir.AttrString("activation", ""))
    gemm.outputs[0].name, gemm.outputs[0].shape = "g", ir.Shape([1])
    gemm.outputs[0].type = ir.TensorType(ir.DataType.FLOAT)
    model.graph.append(gemm)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (rename_output, "outputs were .*'y'.* are .*'z'"),
        (change_shape, r"recorded as \[3, 2\] but is \[2, 3\]"),
        (forget_shape, "no static shape"),
        (forget_type, "no static shape or no type"),
        (duplicate_node_name, "missing or not unique"),
        (duplicate_value_name, "value name 'a' is not unique"),
        (make_cycle, "before it is computed"),
        (reorder, "reads 'a' before it is computed"),
        (unknown_activation, "unknown activation 'cube'"),
        (computed_weights, "not constant"),
    ],
)
def test_damage_is_found_and_the_pass_named(monkeypatch, damage, message):
    def run(model: ir.Model) -> bool:
        damage(model)
        return True

    monkeypatch.setattr(passes, "passes", lambda left_out: (Pass("clumsy", run),))
    with pytest.raises(InvariantError, match=f"(?s)pass 'clumsy' broke the model: .*{message}"):
        passes.optimize(chain())


def test_an_intact_model_passes():
    model = chain()
    Invariants.of(model).check(model, "nothing")


def test_unknown_shapes_may_stay_but_not_spread():
    proto = build("(float[4] x) => (int64[1,n] y)", "a = Abs(x) y = NonZero(a)", w=normal(1))
    model = load_model(proto)
    invariants = Invariants.of(model)
    invariants.check(model, "nothing")
    next(iter(model.graph)).outputs[0].shape = None
    with pytest.raises(InvariantError, match="'a' has no static shape"):
        invariants.check(model, "nothing")
