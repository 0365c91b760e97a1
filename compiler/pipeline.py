"""The order of stages, on one screen."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
import onnx_ir as ir

import edgert
from edgert.compiler.backend import Artifact, Backend, Work
from edgert.compiler.emit import BundleInfo
from edgert.compiler.emit.native import emit, native_context
from edgert.compiler.importer import load_model, source_digest, source_properties
from edgert.compiler.lowering.attributes import shape_of
from edgert.compiler.lowering.lower import lower
from edgert.compiler.memory import plan_memory
from edgert.compiler.passes import optimize
from edgert.compiler.program.cost import constant_bytes, multiply_accumulates
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
from edgert.compiler.unsupported import Unsupported, check_supported, raise_unsupported, unsupported
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
    labels: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Compiled:
    """An artifact, and what it was made from."""

    artifact: Artifact
    model: ir.Model
    plan: QuantizationPlan
    prescribed: bool


@dataclass(frozen=True)
class Bundle(Backend):
    """Writes bundles for edgert's own kernels; `target` is the name that they carry."""

    target: str = "host"

    def unsupported(self, model: ir.Model) -> list[Unsupported]:
        return unsupported(model)

    def emit(self, work: Work, progress: Progress) -> Artifact:
        progress.stage("lower")
        program = lower_model(work.model, work.plan)
        progress.stage("plan memory")
        memory = plan_memory(program)
        progress.stage("write")
        preprocessing = work.preprocess.to_json() if work.preprocess else ""
        info = BundleInfo(self.target, preprocessing, work.labels, work.metadata)
        return Artifact(
            emit([(program, memory)], info),
            program.inputs,
            program.outputs,
            dict(Counter(call.kernel for call in program.calls).most_common()),
            sum(map(multiply_accumulates, program.calls)),
            constant_bytes(program),
            memory.arena_size,
            memory.lower_bound,
            memory.strategy,
        )


def compile_source(
    source: str | os.PathLike[str] | bytes | onnx.ModelProto,
    options: Options,
    progress: Progress,
    backend: Backend | None = None,
) -> Compiled:
    """All stages from an ONNX model to what a backend writes; a bundle by default."""
    backend = backend or Bundle()
    model, prescription = optimized(
        source, options.input_shapes, options.constants, progress, backend
    )
    raise_unsupported(backend.unsupported(model))
    quantized = quantize(model, prescription, options, progress, backend)
    preprocess = _for_inputs(options.preprocess, model) if options.preprocess else None
    metadata = _metadata(model, quantized.provenance)
    work = Work(quantized.model, quantized.plan, preprocess, options.labels, metadata)
    artifact = backend.emit(work, progress)
    return Compiled(artifact, quantized.model, quantized.plan, bool(prescription))


def optimized(
    source: str | os.PathLike[str] | bytes | onnx.ModelProto,
    input_shapes: Mapping[str, tuple[int, ...]],
    constants: Mapping[str, np.ndarray],
    progress: Progress,
    backend: Backend,
) -> tuple[ir.Model, Prescription]:
    """The optimized graph in float as the backend takes it, and what its Q/DQ nodes said."""
    progress.stage("import")
    model, prescription = strip_qdq(load_model(source, input_shapes, constants))
    progress.stage("optimize")
    return optimize(model, backend.left_out), prescription


def quantize(
    model: ir.Model,
    prescription: Prescription,
    options: Options,
    progress: Progress,
    backend: Backend,
) -> Quantized:
    """The plan, by the model's own Q/DQ nodes, by calibration, or without data."""
    if not options.quantize:
        return Quantized(model, QuantizationPlan())
    if prescription:
        return quantize_prescribed(
            model, prescription, backend.int8_products_write_float, find=backend.find
        )
    if options.calibration is None:
        return quantize_dynamic(model, prescription, backend.find)
    check_supported(model)  # calibration runs on edgert's own kernels
    progress.stage("calibrate")
    return quantize_calibrated(
        model,
        options.calibration,
        compile_float,
        preprocess=options.preprocess,
        observer=options.observer,
        progress=progress.advance,
        products_write_float=backend.int8_products_write_float,
        find=backend.find,
    )


def lower_model(model: ir.Model, plan: QuantizationPlan) -> Program:
    """The optimized kernel program of an optimized graph."""
    return run_program_passes(lower(model.graph, plan), native_context())


def compile_float(model: ir.Model) -> bytes:
    """A float bundle of an optimized graph, for calibration."""
    program = lower_model(model, QuantizationPlan())
    return emit([(program, plan_memory(program))], BundleInfo())


def _metadata(model: ir.Model, provenance: Mapping[str, str]) -> dict[str, str]:
    properties = source_properties(model)
    metadata = {
        "compiler": edgert.__version__,
        "producer": model.producer_name or "",
        "model": model.graph.name or "",
        "model_properties": json.dumps(properties, sort_keys=True) if properties else "",
        "source_sha256": source_digest(model),
        **provenance,
    }
    return {key: value for key, value in metadata.items() if value}


def _for_inputs(preprocess: Preprocess, model: ir.Model) -> Preprocess:
    """With the size and layout of the first input that is an image."""
    failure: InputError | None = None
    for value in model.graph.inputs:
        try:
            return preprocess.for_shape(shape_of(value))
        except InputError as error:
            failure = failure or error
    raise failure or InputError("the model has no input to preprocess images for")
