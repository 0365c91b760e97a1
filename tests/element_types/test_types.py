"""Whatever compiles loads, runs and gives the right numbers, whatever its element types are."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest

import edgert

from . import page
from .sweep import RUNS, WRONG, run_operator
from .templates import Template, templates
from .variations import STRING, Variation, allowed

PROMISED = page.read()


@pytest.mark.parametrize("operator", templates())
def test_what_compiles_is_right_and_what_ran_still_runs(operator):
    table = run_operator(operator)
    wrong = [
        f"{variable} {element}: {found.reason}"
        for (_, variable), row in table.items()
        for element, found in row.items()
        if found.status == WRONG
    ]
    assert not wrong, "\n".join(wrong)
    lost = [
        f"{variable} {element}: {table[op, variable][element].reason}"
        for (op, variable), elements in PROMISED.items()
        if op == operator
        for element in elements
        if table[op, variable][element].status != RUNS
    ]
    assert not lost, "\n".join(lost)


def test_the_page_is_about_the_operators_that_are_tried():
    operators = {operator for operator, _ in PROMISED}
    assert operators <= set(templates())
    assert len(operators) > 170
    assert sum(map(len, PROMISED.values())) > 1500


@pytest.mark.parametrize("element", ["int32", "int64"])
@pytest.mark.parametrize("op", ["LinearRegressor", "SVMRegressor"])
def test_predictors_compute_integers_as_the_same_floats(op, element):
    (template,) = templates()[f"ai.onnx.ml.{op}"]
    whole = Variation(template, "T", element)
    floats = {name: array.astype(np.float32) for name, array in whole.feed.items()}
    results = []
    for variation, feed in ((whole, whole.feed), (Variation(template, "T", "float32"), floats)):
        bundle = edgert.compile(variation.model, precision="fp32").bundle
        results += edgert.InferenceSession(bundle).run(None, feed)
    assert np.array_equal(*results)


CONTROL = {
    "If": """y = If (c)
        <then_branch = t () => (TYPE[2,3] a) { a = Identity (x) },
         else_branch = e () => (TYPE[2,3] b) { b = Reshape (x, shape) }>""",
    "Loop": """y = Loop (trips, c, x)
        <body = l (int64 i, bool go, TYPE[2,3] v) => (bool on, TYPE[2,3] w)
            { on = Identity (go)  w = Reshape (v, shape) }>""",
    "Scan": """y = Scan <num_scan_inputs = 1,
        body = s (TYPE[3] row) => (TYPE[3] out) { out = Identity (row) }> (x)""",
}


def of_schema(op: str, variable: str) -> list[str]:
    """The element types of numbers that ONNX allows."""
    template = Template(onnx.helper.make_node(op, [], []), onnx.defs.onnx_opset_version(), [], [])
    return [element for element in allowed(template, variable) if element != STRING]


CARRIED = {op: of_schema(op, "V") for op in CONTROL}
CARRIED["Scan"] = of_schema("Gather", "T")  # which entries are read with


@pytest.mark.parametrize(
    ("op", "element"), [(op, element) for op in CONTROL for element in CARRIED[op]]
)
def test_control_flow_carries_every_type(op, element):
    kind = {"float32": "float", "float64": "double"}.get(element, element)
    text = f"""<ir_version: 11, opset_import: ["" : 25]>
        g (TYPE[2,3] x, bool c, int64 trips) => (TYPE[2,3] y)
        <int64[2] shape = {{2, 3}}> {{ {CONTROL[op]} }}"""
    model = onnx.parser.parse_model(text.replace("TYPE", kind))
    dtype = onnx.helper.tensor_dtype_to_np_dtype(model.graph.input[0].type.tensor_type.elem_type)
    x = np.array([[0, 1, 0], [1, 1, 0]], np.float32).astype(dtype)
    feed = {"x": x, "c": np.array(True), "trips": np.array(2)}
    session = edgert.InferenceSession(edgert.compile(model, precision="fp32").bundle)
    (y,) = session.run(None, {p.name: feed[p.name] for p in session.get_inputs()})
    assert y.dtype == dtype
    assert y.tobytes() == x.tobytes()
