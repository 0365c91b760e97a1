"""The rule driver: fixpoint, shapes of new values, termination, discovery from new files."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import pytest

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.importer import load_model
from edgert_compiler.passes import driver, rules
from edgert_compiler.passes.base import Rewrite, Rule, Stage

from .cases import build, same_numbers

DOCS = Path(__file__).parents[2] / "docs" / "add-a-pass.md"


class AbsToSqrt(Rule):
    """Abs(x) => Sqrt(x * x)."""

    stage = Stage.SIMPLIFY
    ops = frozenset({"Abs"})

    def apply(self, node: ir.Node) -> Rewrite:
        x = node.inputs[0]
        return Rewrite((emit("Sqrt", [emit("Mul", [x, x])]),))


class Forever(Rule):
    """Exp(x) => Exp(x)."""

    stage = Stage.SIMPLIFY
    ops = frozenset({"Exp"})

    def apply(self, node: ir.Node) -> Rewrite:
        return Rewrite((emit("Exp", node.inputs),))


class Grows(Rule):
    """Exp(x) => Exp(Exp(x))."""

    stage = Stage.SIMPLIFY
    ops = frozenset({"Exp"})

    def apply(self, node: ir.Node) -> Rewrite:
        return Rewrite((emit("Exp", [emit("Exp", node.inputs)]),))


class Unrolls(Rule):
    """Neg(x) => Abs(Abs(... x)), 600 times, more than a graph of one node may be rewritten."""

    stage = Stage.SIMPLIFY
    ops = frozenset({"Neg"})

    def apply(self, node: ir.Node) -> Rewrite:
        (value,) = node.inputs
        for _ in range(600):
            value = emit("Abs", [value])
        return Rewrite((value,))


class AddsOne(Rule):
    """Neg(x) => x - 1 + 1, with two constants of one name."""

    stage = Stage.SIMPLIFY
    ops = frozenset({"Neg"})

    def apply(self, node: ir.Node) -> Rewrite:
        minus = emit("Mul", [node.inputs[0], new_constant(np.float32(-1), "c")])
        return Rewrite((emit("Add", [minus, new_constant(np.float32(0), "c")]),))


def test_rewrites_everywhere_and_infers_shapes_in_between():
    proto = build("(float[2,3] x) => (float[2,3] y)", "a = Abs(x) b = Exp(a) y = Abs(b)")
    model = load_model(proto)
    assert driver.apply_rules(model, [AbsToSqrt()])
    assert [node.op_type for node in model.graph] == ["Mul", "Sqrt", "Exp", "Mul", "Sqrt"]
    assert [node.name for node in model.graph][:2] == ["Abs_a~Mul", "Abs_a"]
    for node in model.graph:
        assert node.outputs[0].shape == [2, 3]
        assert node.outputs[0].dtype == ir.DataType.FLOAT
    same_numbers(proto, model)
    assert not driver.apply_rules(model, [AbsToSqrt()])


def test_new_constants_get_free_names():
    proto = build("(float[2] x) => (float[2] y)", "a = Add(x, c) y = Neg(a)", c=np.float32(5))
    model = load_model(proto)
    driver.apply_rules(model, [AddsOne()])
    assert sorted(model.graph.initializers) == ["c", "c_2", "c_3"]
    same_numbers(proto, model)


@pytest.mark.parametrize("rule", [Forever(), Grows()])
def test_rules_that_never_end_are_named(rule):
    model = load_model(build("(float[2] x) => (float[2] y)", "y = Exp(x)"))
    with pytest.raises(RuntimeError, match="test_driver"):
        driver.apply_rules(model, [rule])


def test_all_that_a_node_becomes_may_be_rewritten():
    model = load_model(build("(float[2] x) => (float[2] y)", "y = Neg(x)"))
    driver.apply_rules(model, [Unrolls(), AbsToSqrt()])
    assert [node.op_type for node in model.graph] == ["Mul", "Sqrt"] * 600


def test_the_recipe_in_the_docs_works(tmp_path, monkeypatch, caplog):
    """Writes the documented rule into a folder of rules, and runs the documented test."""
    rule, test = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (tmp_path / "double_negation.py").write_text(rule)
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "edgert_compiler.passes.rules.double_negation", raising=False)
    driver.all_rules.cache_clear()
    try:
        assert "double_negation" in {rule.name for rule in driver.all_rules()}
        namespace: dict[str, Any] = {"__package__": __package__, "__name__": "documented"}
        exec(compile(test, "add-a-pass.md", "exec"), namespace)
        assert namespace["CASES"]
        for case in namespace["CASES"]:
            namespace["test_double_negation"](case, caplog)
    finally:
        driver.all_rules.cache_clear()
        sys.modules.pop("edgert_compiler.passes.rules.double_negation", None)
