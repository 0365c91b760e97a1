"""The order of stages, on one screen."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
import onnx_ir as ir

import edgert
from edgert.compiler.emit import BundleInfo
from edgert.compiler.emit.native import emit, native_context
from edgert.compiler.importer import load_model, source_digest, source_properties
from edgert.compiler.lowering.attributes import shape_of
from edgert.compiler.lowering.lower import lower
from edgert.compiler.memory import MemoryPlan, plan_memory
from edgert.compiler.passes import optimize
from edgert.compiler.program.ir import Program
from edgert.compiler.program.passes import run_program_passes
from edgert.compiler.progress import Progress
from edgert.compiler.quantization.observers import DEFAULT as DEFAULT_OBSERVER
from edgert.compiler.quantization.plan import QuantizationPlan
from edgert.compiler.quantization.qdq_import import Prescription, strip_qdq
from edgert.compiler.quantization.quantize import (
    Quantized,
    quantize_calibrated,
    quantize_dynamic,
    quantize_prescribed,
)
from edgert.compiler.unsupported import check_supported
from edgert.errors import InputError
from edgert.preprocess import Preprocess


@dataclass(frozen=True)
class Options:
    """What to compile to. `compiler/api.py` describes the fields for users."""

    quantize: bool = True
    calibration: object | None = None
    preprocess: Preprocess | None = None
    observer: str = DEFAULT_OBSERVER
    input_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    target: str = "host"
    labels: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Compiled:
    """A bundle, and what it was made from."""

    bundle: bytes
    model: ir.Model
    plan: QuantizationPlan
    program: Program
    memory: MemoryPlan
    prescribed: bool


def compile_source(
    source: str | os.PathLike[str] | bytes | onnx.ModelProto, options: Options, progress: Progress
) -> Compiled:
    """All stages from an ONNX model to the bytes of a bundle."""
    model, prescription = optimized(source, options.input_shapes, options.constants, progress)
    check_supported(model)
    quantized = quantize(model, prescription, options, progress)
    progress.stage("lower")
    program = lower_model(quantized.model, quantized.plan)
    progress.stage("plan memory")
    memory = plan_memory(program)
    progress.stage("write")
    provenance = {"source_sha256": source_digest(model), **quantized.provenance}
    bundle = emit([(program, memory)], _info(model, options, provenance))
    return Compiled(bundle, quantized.model, quantized.plan, program, memory, bool(prescription))


def optimized(
    source: str | os.PathLike[str] | bytes | onnx.ModelProto,
    input_shapes: Mapping[str, tuple[int, ...]],
    constants: Mapping[str, np.ndarray],
    progress: Progress,
) -> tuple[ir.Model, Prescription]:
    """The optimized graph in float, and what its Q/DQ nodes said."""
    progress.stage("import")
    model, prescription = strip_qdq(load_model(source, input_shapes, constants))
    progress.stage("optimize")
    return optimize(model), prescription


def quantize(
    model: ir.Model, prescription: Prescription, options: Options, progress: Progress
) -> Quantized:
    """The plan, by the model's own Q/DQ nodes, by calibration, or without data."""
    if not options.quantize:
        return Quantized(model, QuantizationPlan())
    if prescription:
        return quantize_prescribed(model, prescription)
    if options.calibration is None:
        return quantize_dynamic(model, prescription)
    progress.stage("calibrate")
    return quantize_calibrated(
        model,
        options.calibration,
        compile_float,
        preprocess=options.preprocess,
        observer=options.observer,
        progress=progress.advance,
    )


def lower_model(model: ir.Model, plan: QuantizationPlan) -> Program:
    """The optimized kernel program of an optimized graph."""
    return run_program_passes(lower(model.graph, plan), native_context())


def compile_float(model: ir.Model) -> bytes:
    """A float bundle of an optimized graph, for calibration."""
    program = lower_model(model, QuantizationPlan())
    return emit([(program, plan_memory(program))], BundleInfo())


def _info(model: ir.Model, options: Options, provenance: Mapping[str, str]) -> BundleInfo:
    preprocessing = _for_inputs(options.preprocess, model).to_json() if options.preprocess else ""
    properties = source_properties(model)
    metadata = {
        "compiler": edgert.__version__,
        "producer": model.producer_name or "",
        "model": model.graph.name or "",
        "model_properties": json.dumps(properties, sort_keys=True) if properties else "",
        **provenance,
    }
    return BundleInfo(
        options.target,
        preprocessing,
        options.labels,
        {key: value for key, value in metadata.items() if value},
    )


def _for_inputs(preprocess: Preprocess, model: ir.Model) -> Preprocess:
    """With the size and layout of the first input that is an image."""
    failure: InputError | None = None
    for value in model.graph.inputs:
        try:
            return preprocess.for_shape(shape_of(value))
        except InputError as error:
            failure = failure or error
    raise failure or InputError("the model has no input to preprocess images for")
