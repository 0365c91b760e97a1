"""The order of stages, on one screen."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy.typing as npt
import onnx
import onnx_ir as ir

import edgert
from edgert.errors import CompileError, InputError
from edgert.preprocess import Preprocess
from edgert_compiler.backend import Artifact, Backend, Work
from edgert_compiler.bundles import Bundle, compile_float
from edgert_compiler.graph.metadata import class_labels, source_digest, source_properties
from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize
from edgert_compiler.progress import Progress
from edgert_compiler.quantization.observers import DEFAULT as DEFAULT_OBSERVER
from edgert_compiler.quantization.plan import QuantizationPlan
from edgert_compiler.quantization.prescription import Prescription
from edgert_compiler.quantization.qdq_import import strip_qdq
from edgert_compiler.quantization.quantize import (
    Quantized,
    calibrate,
    input_spec,
    quantize_calibrated,
    quantize_prescribed,
)
from edgert_compiler.quantization.readers.images import fitted
from edgert_compiler.state import StateBinding, check_states
from edgert_compiler.unsupported import raise_unsupported
from edgert_compiler.variants import check_variants

InputShapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Options:
    """What to compile to. `edgert_compiler/api.py` describes the fields for users."""

    quantize: bool = True
    calibration: object | None = None
    preprocess: Preprocess | None = None
    observer: str = DEFAULT_OBSERVER
    input_shapes: Sequence[InputShapes] = ({},)
    constants: Mapping[str, npt.ArrayLike] = field(default_factory=dict)
    labels: Sequence[str] = ()
    states: Sequence[StateBinding] = ()
    max_ram: int | None = None
    keep_intermediates: bool = False
    precision: str = "auto"


@dataclass(frozen=True, eq=False)
class Compiled:
    """An artifact, and what it was made from: a graph for each set of input shapes."""

    artifact: Artifact
    variants: tuple[Quantized, ...]
    prescribed: bool


def compile_source(
    source: str | os.PathLike[str] | bytes | onnx.ModelProto,
    options: Options,
    progress: Progress,
    backend: Backend | None = None,
) -> Compiled:
    """All stages from an ONNX model to what a backend writes; a bundle by default."""
    backend = backend or Bundle()
    check_features(backend, options)
    found = [
        optimized(source, shapes, options.constants, progress, backend, options.quantize)
        for shapes in options.input_shapes
    ]
    models, prescriptions = zip(*found)
    for model in models:
        raise_unsupported(backend.unsupported(model))
        check_states(model.graph, options.states)
    check_variants([model.graph for model in models], options.states)
    if options.labels:
        backend.check_labels(options.labels, models[0].graph)
    image, preprocess = _image_input(options, models[0].graph)
    quantized = quantize(models, prescriptions, options, progress, backend)
    metadata = _metadata(models[0], quantized[0].provenance)
    work = Work(
        model=quantized[0].model,
        plan=quantized[0].plan,
        preprocess=preprocess,
        image=image,
        labels=options.labels or class_labels(models[0]),
        metadata=metadata,
        precision=options.precision,
        further=[(further.model, further.plan) for further in quantized[1:]],
        states=options.states,
        max_ram=options.max_ram,
        keep_intermediates=options.keep_intermediates,
    )
    return Compiled(backend.emit(work, progress), tuple(quantized), prescriptions[0].quantizes)


def check_features(backend: Backend, options: Options) -> None:
    """Raises CompileError for what only backends that plan memory offer."""
    asked = {
        "several sets of --input-shape": len(options.input_shapes) > 1,
        "--state": bool(options.states),
        "--max-ram": options.max_ram is not None,
        "--keep-intermediates": options.keep_intermediates,
    }
    for what, given in asked.items():
        if given and not backend.plans_memory:
            raise CompileError(f"{what}: this target does not offer it; a bundle does (.edgert)")


def optimized(
    source: str | os.PathLike[str] | bytes | onnx.ModelProto,
    input_shapes: InputShapes,
    constants: Mapping[str, npt.ArrayLike],
    progress: Progress,
    backend: Backend,
    quantize: bool = True,
) -> tuple[ir.Model, Prescription]:
    """The optimized graph in float as the backend takes it, and what its Q/DQ nodes said.

    quantize: whether what they said will be heeded.
    """
    progress.stage("import")
    imported = load_model(source, input_shapes, constants, backend.computes)
    model, prescription = strip_qdq(imported, quantize, backend.rounds_to_16_bits)
    progress.stage("optimize")
    return optimize(model, backend.left_out), prescription


def quantize(
    models: Sequence[ir.Model],
    prescriptions: Sequence[Prescription],
    options: Options,
    progress: Progress,
    backend: Backend,
) -> list[Quantized]:
    """The plans, by the model's own Q/DQ nodes, by calibration, or without data.

    One calibration, with the first of the input shapes, serves all of them.
    """
    if not options.quantize:
        return [Quantized(model, QuantizationPlan()) for model in models]
    rules = backend.int8_rules(models[0].graph)
    pairs = list(zip(models, prescriptions))
    if options.calibration is not None and not backend.int8_activations:
        raise CompileError(
            "the target cannot compute activations in int8 as calibration data asks for; leave the "
            "data out, or choose a newer version of the target"
        )
    if prescriptions[0].quantizes and backend.int8_activations:
        return [quantize_prescribed(m, prescribed, rules) for m, prescribed in pairs]
    if options.calibration is None:
        return [backend.quantize_without_data(model, prescribed) for model, prescribed in pairs]
    ports = backend.quantized_ports(models[0].graph)
    progress.stage("calibrate")
    calibration = calibrate(
        models[0],
        options.calibration,
        compile_float,
        preprocess=options.preprocess,
        states=options.states,
        progress=progress.advance,
        find=backend.find,
        ports=ports,
    )
    return [
        quantize_calibrated(model, calibration, options.observer, rules, prescribed, ports)
        for model, prescribed in pairs
    ]


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


def _image_input(options: Options, graph: ir.Graph) -> tuple[str, Preprocess | None]:
    """The first input that takes images, and the declared preprocessing as it wants it."""
    if options.preprocess is None:
        return "", None
    failure: InputError | None = None
    kept = {state.input for state in options.states}
    for value in graph.inputs:
        if value.const_value is not None or value.name in kept:
            continue
        try:
            return value.name or "", fitted(options.preprocess, input_spec(value))
        except InputError as error:
            failure = failure or error
    raise failure or InputError("the model has no input to preprocess images for")
