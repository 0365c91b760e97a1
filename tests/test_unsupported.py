"""The report of everything that cannot be lowered."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from edgert.errors import CompileError, UnsupportedOpError
from edgert_compiler.importer import load_model
from edgert_compiler.operators import registry
from edgert_compiler.operators.base import Operator
from edgert_compiler.passes import optimize
from edgert_compiler.passes.driver import all_rules
from edgert_compiler.unsupported import check_supported, unsupported

from .passes.cases import build


class OnlyPositive(Operator):
    op_type = "Relu"

    def unsupported(self, node: ir.Node) -> str | None:
        return "odd sizes are not supported" if node.outputs[0].shape[0] % 2 else None


class Reshape(OnlyPositive):
    op_type = "Reshape"


@pytest.fixture(autouse=True)
def known_operators(monkeypatch):
    all_rules()  # some look up what is lowered when they are loaded
    known = {"Relu": OnlyPositive(), "Reshape": Reshape()}
    monkeypatch.setattr(
        registry, "find", lambda op, domain="": known.get(op) if not domain else None
    )


def imported(signature: str, body: str, **kwargs) -> ir.Model:
    return optimize(load_model(build(signature, body, **kwargs)))


def test_all_are_listed_with_node_operator_opset_and_reason():
    model = imported(
        "(float[3] x) => (float[3] y)",
        "a = Relu(x) b = Det2(a) y = Exp(b)".replace("Det2", "Cosh"),
        opset=13,
    )
    found = unsupported(model)
    assert [(u.node, u.op, u.opset) for u in found] == [
        ("Relu_a", "Relu", 13),
        ("Cosh_b", "Cosh", 13),
        ("Exp_y", "Exp", 13),
    ]
    assert found[0].reason == "odd sizes are not supported"
    with pytest.raises(UnsupportedOpError) as raised:
        check_supported(model)
    for text in ("3 nodes keep", "'Relu_a' (Relu, opset 13): odd sizes", "Cosh_b", "Exp_y"):
        assert text in str(raised.value)
    assert isinstance(raised.value, CompileError)


def test_supported_models_pass():
    model = imported("(float[4] x) => (float[4] y)", "y = Relu(x)")
    assert unsupported(model) == []
    check_supported(model)


def test_output_shapes_that_depend_on_data_are_reported_once():
    signature = "(float[4] x, int64[2] s) => (float[m,n] y)"
    (found,) = unsupported(imported(signature, "a = Relu(x) b = Reshape(a, s) y = Relu(b)"))
    assert found.node == "Reshape_b"
    assert "say what the input 's' will be in every run" in found.reason
    assert found.reason.endswith("--constant s=1,-1")


def test_branches_of_different_shapes_are_reported_with_both(monkeypatch):
    monkeypatch.undo()
    body = """y = If(c) <
        then_branch = yes () => (float[4] t) { t = Relu(x) },
        else_branch = no () => (float[8] e) { e = Concat<axis=0>(x, x) }
    >"""
    model = imported("(float[4] x, bool c) => (float[n] y)", body)
    (found,) = unsupported(model)
    assert found.op == "If"
    assert "shape [4] in one branch and [8] in the other" in found.reason


def test_loops_without_a_static_shape_are_reported_with_the_reason(monkeypatch):
    monkeypatch.undo()
    body = """y, z = Loop(n, yes, x) <
        body = step (int64 i, bool go, float[a] v) => (bool on, float[b] w, float[4] s) {
            w = Concat<axis=0>(v, x) s = Relu(x) on = Identity(go)
        }
    >"""
    signature = "(float[4] x, int64 n, bool yes) => (float[m] y, float[k,4] z)"
    (found,) = unsupported(imported(signature, body))
    assert "'y' has shape [4] before the first iteration and [8] after it" in found.reason
    (found,) = unsupported(imported(signature, body.replace("Concat<axis=0>(v, x)", "Neg(v)")))
    assert (found.op, found.domain) == ("Loop", "")
    assert found.reason.endswith("--constant n=10")


def test_foreign_operators_say_so():
    proto = build("(float[4] x) => (float[4] y)", "y = Relu(x)")
    node = proto.graph.node[0]
    node.op_type, node.domain = "FusedGelu", "com.example"
    proto.opset_import.add(domain="com.example", version=3)
    (found,) = unsupported(optimize(load_model(proto)))
    assert (found.domain, found.op, found.opset) == ("com.example", "FusedGelu", 3)
    assert "not part of ONNX" in found.reason
    assert "com.example.FusedGelu" in str(found)


def test_a_branch_that_cannot_work_with_the_shapes_says_what_to_do():
    body = """y = If(c) <
        then_branch = yes () => (float[4] t) { t = Relu(x) },
        else_branch = no () => (float[4] e) { e = Add(x, three) }
    >"""
    with pytest.raises(CompileError, match="give what it depends on by --constant"):
        imported("(float[4] x, bool c) => (float[4] y)", body, three=np.ones(3, np.float32))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "m = ReduceMax<keepdims=0>(x) i = Cast<to=7>(m) s = SequenceConstruct(x, x) "
            "y = SequenceAt(s, i)",
            "no place for sequences",
        ),
        ("y = RandomUniformLike(x)", "draw random numbers outside"),
        ("y = Dropout(x, half, yes)", "TrainingMode.EVAL"),
        ("t = Cast<to=8>(x) u = StringNormalizer(t) y = Cast<to=1>(u)", "not with strings"),
    ],
)
def test_principles_are_given_as_reasons(body, reason, monkeypatch):
    monkeypatch.undo()
    constants = {"half": np.array(0.5, np.float32), "yes": np.array(True)}
    model = imported("(float[1,4] x) => (float[1,4] y)", body, opset=18, **constants)
    assert any(reason in item.reason for item in unsupported(model))


def test_every_refused_operator_exists_and_is_not_lowered():
    import onnx

    from edgert_compiler import refusals
    from edgert_compiler.operators.registry import all_operators

    known = {f"{s.domain}.{s.name}" if s.domain else s.name for s in onnx.defs.get_all_schemas()}
    lowered = {f"{domain}.{op}" if domain else op for domain, op in all_operators()}
    assert set(refusals.OPERATORS) <= known
    assert not set(refusals.OPERATORS) & lowered
