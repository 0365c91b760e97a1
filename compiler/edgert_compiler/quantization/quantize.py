"""The three ways to a quantization plan: from data, from the model's own Q/DQ nodes, from neither.

All take and return the optimized float graph; `Quantized.model` may differ in its biases.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir

from edgert.preprocess import Preprocess
from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.operators import registry
from edgert_compiler.quantization.bias_correction import correct_biases
from edgert_compiler.quantization.calibration import (
    Run,
    Statistics,
    calibration_model,
    observe,
    wanted,
)
from edgert_compiler.quantization.dynamic import decisions_beside_data, dynamic_plan
from edgert_compiler.quantization.graph import FindOp, QuantizableNode, operators
from edgert_compiler.quantization.logarithm import before_logarithms
from edgert_compiler.quantization.observers import DEFAULT, find_observer
from edgert_compiler.quantization.plan import Decision, Precision, QuantizationPlan
from edgert_compiler.quantization.ports import declared_params, with_ports
from edgert_compiler.quantization.prescription import Prescription
from edgert_compiler.quantization.provenance import FeedDigest
from edgert_compiler.quantization.ranges import (
    CalibratedRanges,
    PrescribedRanges,
    without_prescription,
)
from edgert_compiler.quantization.readers import Feed, InputSpec, open_calibration, sample_count
from edgert_compiler.quantization.rules import Int8Rules
from edgert_compiler.quantization.static import static_plan
from edgert_compiler.quantization.weights import inexact_weights
from edgert_compiler.state import StateBinding

CompileFloat = Callable[[ir.Model], bytes]


@dataclass(frozen=True, eq=False)
class Quantized:
    """A graph, still in float, and how to compute it; `provenance` says from which data."""

    model: ir.Model
    plan: QuantizationPlan
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was observed while calibration data ran; `provenance` says which data."""

    statistics: Statistics
    provenance: Mapping[str, str]


def calibrate(
    model: ir.Model,
    data: object,
    compile_float: CompileFloat,
    *,
    preprocess: Preprocess | None = None,
    states: Sequence[StateBinding] = (),
    progress: Callable[[int, int | None], None] | None = None,
    find: FindOp = registry.find,
    ports: Collection[str] = (),
) -> Calibration:
    """Runs calibration data through the float model.

    data: what `open_calibration` reads, without the inputs that are states: these carry on from
    sample to sample. compile_float: from an optimized model to a float bundle. progress: called
    with the number of samples done, and of all where that is known. ports: names of inputs and
    outputs to observe whoever computes them. Raises InputError where the data does not fit.
    """
    what = wanted(model, find, ports)
    observed = calibration_model(model, what, [state.output for state in states])
    run = carrying(bundle_run(compile_float(observed)), model, states)
    digest = FeedDigest()
    kept = {state.input for state in states}
    specs = tuple(spec for spec in input_specs(model) if spec.name not in kept)
    feeds = digest.watch(open_calibration(data, specs, preprocess))
    total = sample_count(data, specs)

    def told(done: int) -> None:
        if progress is not None:
            progress(done, total)

    statistics = observe(feeds, what, run, told)
    return Calibration(
        statistics,
        {
            "calibration_sha256": digest.hexdigest(),
            "calibration_samples": str(digest.samples),
        },
    )


def quantize_calibrated(
    model: ir.Model,
    calibration: Calibration,
    observer: str = DEFAULT,
    rules: Int8Rules | None = None,
    prescription: Prescription | None = None,
    ports: Collection[str] = (),
) -> Quantized:
    """Static int8 with ranges from what was observed on this model, or on it with other shapes.

    prescription: of a model whose weights or inputs alone were quantized. ports: names of observed
    inputs and outputs that get parameters even where float operators compute them. Raises
    CompileError for an unknown observer.
    """
    rules = rules or Int8Rules()
    prescription = Prescription() if prescription is None else prescription
    statistics = calibration.statistics
    ops = operators(model, rules.find)
    left_out = before_logarithms(ops)
    chosen = find_observer(observer)
    ranges = CalibratedRanges(statistics.histograms, chosen, left_out, prescription.ported)
    decided = {**_with_exact_weights(ops, prescription, rules), **decisions_beside_data(ops)}
    plan = static_plan(model, ranges, prescription, rules, decided)
    plan = with_ports(plan, ports, ranges)
    provenance = {**calibration.provenance, "observer": observer}
    return Quantized(correct_biases(model, plan, statistics.means, rules.find), plan, provenance)


def quantize_prescribed(
    model: ir.Model,
    prescription: Prescription,
    rules: Int8Rules | None = None,
) -> Quantized:
    """Static int8 with the parameters that the Q/DQ nodes of the imported model prescribed."""
    rules = rules or Int8Rules()
    ops = operators(model, rules.find)
    reasons = without_prescription(ops, prescription)
    unread = {name: Decision(Precision.FLOAT, reason) for name, reason in reasons.items()}
    decided = {**_with_exact_weights(ops, prescription, rules), **unread}
    ranges = PrescribedRanges({**prescription.ported, **prescription.activations})
    return Quantized(model, static_plan(model, ranges, prescription, rules, decided))


def _with_exact_weights(
    ops: Sequence[QuantizableNode], prescription: Prescription, rules: Int8Rules
) -> dict[str, Decision]:
    """By name, the products that are float, for int8 would change the weights the model has."""
    reasons = {op.name: inexact_weights(op, prescription, rules) for op in ops if op.product}
    return {name: Decision(Precision.FLOAT, why) for name, why in reasons.items() if why}


def quantize_dynamic(
    model: ir.Model,
    prescription: Prescription | None = None,
    rules: Int8Rules | None = None,
) -> Quantized:
    """Int8 weights, activations quantized while running, where that pays.

    prescription: of a model whose weights or inputs alone were quantized.
    """
    return Quantized(model, dynamic_plan(model, prescription, rules))


def input_specs(model: ir.Model) -> tuple[InputSpec, ...]:
    """What a feed of the model must contain."""
    return tuple(input_spec(v) for v in model.graph.inputs if v.const_value is None)


def input_spec(value: ir.Value) -> InputSpec:
    """What a feed must contain for one input."""
    params = declared_params(value)
    return InputSpec(
        value.name or "",
        np.dtype(value.dtype.numpy()),  # type: ignore[union-attr]
        shape_of(value),
        None if params is None else (params.scale, params.zero_point),
    )


def bundle_run(bundle: bytes) -> Run:
    """Runs a bundle: from a feed to outputs by name."""
    from edgert.session import InferenceSession

    session = InferenceSession(bundle)
    names = [output.name for output in session.get_outputs()]

    def run(feed: Feed) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(None, feed)))

    return run


def carrying(run: Run, model: ir.Model, states: Sequence[StateBinding]) -> Run:
    """`run` with the states of one run fed to the next; they are among what it gives."""
    if not states:
        return run
    specs = {spec.name: spec for spec in input_specs(model)}
    kept: dict[str, np.ndarray] = {
        s.input: np.zeros(specs[s.input].shape, specs[s.input].dtype)
        if s.initial is None
        else s.initial
        for s in states
    }

    def run_on(feed: Feed) -> dict[str, np.ndarray]:
        before = dict(kept)
        outputs = run({**feed, **before})
        kept.update({state.input: outputs[state.output] for state in states})
        return {**before, **outputs}

    return run_on
