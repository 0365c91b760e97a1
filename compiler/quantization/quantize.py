"""The three ways to a quantization plan: from data, from the model's own Q/DQ nodes, from neither.

All take and return the optimized float graph; `Quantized.model` may differ in its biases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir

from edgert.compiler.ops import registry
from edgert.compiler.provenance import FeedDigest
from edgert.compiler.quantization.bias_correction import correct_biases
from edgert.compiler.quantization.calibration import Run, calibration_model, observe, wanted
from edgert.compiler.quantization.dynamic import dynamic_plan
from edgert.compiler.quantization.graph import FindOp
from edgert.compiler.quantization.observers import DEFAULT, find_observer
from edgert.compiler.quantization.plan import QuantizationPlan
from edgert.compiler.quantization.qdq_import import Prescription
from edgert.compiler.quantization.ranges import CalibratedRanges, PrescribedRanges
from edgert.compiler.quantization.readers import Feed, InputSpec, open_calibration
from edgert.compiler.quantization.static import static_plan
from edgert.preprocess import Preprocess

CompileFloat = Callable[[ir.Model], bytes]


@dataclass(frozen=True, eq=False)
class Quantized:
    """A graph, still in float, and how to compute it; `provenance` says from which data."""

    model: ir.Model
    plan: QuantizationPlan
    provenance: Mapping[str, str] = field(default_factory=dict)


def quantize_calibrated(
    model: ir.Model,
    calibration: object,
    compile_float: CompileFloat,
    *,
    preprocess: Preprocess | None = None,
    observer: str = DEFAULT,
    progress: Callable[[int], None] | None = None,
    products_write_float: bool = True,
    find: FindOp = registry.find,
) -> Quantized:
    """Static int8 with ranges from calibration data.

    calibration: what `open_calibration` reads. compile_float: from an optimized model to a float
    bundle, on which the data runs. progress: called with the number of samples done.
    products_write_float: see `static_plan`.
    Raises InputError where the data does not fit, CompileError for an unknown observer.
    """
    chosen = find_observer(observer)
    what = wanted(model, find)
    run = bundle_run(compile_float(calibration_model(model, what)))
    digest = FeedDigest()
    feeds = digest.watch(open_calibration(calibration, input_specs(model), preprocess))
    statistics = observe(feeds, what, run, progress)
    ranges = CalibratedRanges(statistics.histograms, chosen)
    plan = static_plan(model, ranges, None, products_write_float, find)
    provenance = {
        "calibration_sha256": digest.hexdigest(),
        "calibration_samples": str(digest.samples),
        "observer": observer,
    }
    return Quantized(correct_biases(model, plan, statistics.means, find), plan, provenance)


def quantize_prescribed(
    model: ir.Model,
    prescription: Prescription,
    products_write_float: bool = True,
    find: FindOp = registry.find,
) -> Quantized:
    """Static int8 with the parameters that the Q/DQ nodes of the imported model prescribed."""
    ranges = PrescribedRanges(prescription.activations)
    plan = static_plan(model, ranges, prescription.weights, products_write_float, find)
    return Quantized(model, plan)


def quantize_dynamic(
    model: ir.Model, prescription: Prescription | None = None, find: FindOp = registry.find
) -> Quantized:
    """Int8 weights, activations quantized while running, where that pays.

    prescription: of a model whose weights alone were quantized.
    """
    weights = prescription.weights if prescription is not None else {}
    return Quantized(model, dynamic_plan(model, weights, find))


def input_specs(model: ir.Model) -> tuple[InputSpec, ...]:
    """What a feed of the model must contain."""
    return tuple(
        InputSpec(
            value.name or "",
            np.dtype(value.dtype.numpy()),  # type: ignore[union-attr]
            tuple(int(dim) for dim in value.shape or ()),  # type: ignore[arg-type]
        )
        for value in model.graph.inputs
        if value.const_value is None
    )


def bundle_run(bundle: bytes) -> Run:
    """Runs a bundle: from a feed to outputs by name."""
    from edgert.session import InferenceSession

    session = InferenceSession(bundle)
    names = [output.name for output in session.get_outputs()]

    def run(feed: Feed) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(None, feed)))

    return run
