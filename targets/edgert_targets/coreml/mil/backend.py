"""The second half of a compilation for Core ML: judge, lower, write the files of a package."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.backend import Artifact, Backend, Work
from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.program.ir import DType, Port
from edgert_compiler.progress import Progress
from edgert_compiler.quantization.plan import Precision, QuantizationPlan
from edgert_compiler.quantization.prescription import Prescription
from edgert_compiler.quantization.qdq_export import to_qdq
from edgert_compiler.quantization.quantize import Quantized
from edgert_compiler.quantization.weights_only import weights_plan
from edgert_compiler.unsupported import Unsupported, unsupported
from edgert_targets.coreml.mil.context import FP16, FP32
from edgert_targets.coreml.mil.description import describe, renamings, scores
from edgert_targets.coreml.mil.images import ImageInput, image_inputs
from edgert_targets.coreml.mil.judge import judge, unsupported_ports
from edgert_targets.coreml.mil.naming import Names
from edgert_targets.coreml.mil.package import WEIGHTS, operations, package
from edgert_targets.coreml.mil.program import build
from edgert_targets.coreml.mil.types import Kind, kind_of

VERSIONS = (15, 16, 17, 18)


@dataclass(frozen=True)
class CoreML(Backend):
    """Writes packages for an iOS version, 0: the oldest that has what the model needs."""

    ios: int = 0
    int8_activations: bool = True
    rounds_to_16_bits: bool = False  # in half precision
    weight_limits: tuple[int, int] = (-128, 127)

    def unsupported(self, model: ir.Model) -> list[Unsupported]:
        found = self.unsupported_nodes(model)
        if not found:
            self.check_ports(model.graph)
        return found

    def check_ports(self, graph: ir.Graph) -> None:
        """Raises CompileError where Core ML cannot have the inputs or outputs of a graph."""
        reason = unsupported_ports(_ports(graph))
        if reason is not None:
            raise CompileError(f"Core ML cannot run this model: {reason}")

    def unsupported_nodes(self, model: ir.Model) -> list[Unsupported]:
        """The nodes of an optimized model that no version in question can compute."""
        found: list[Unsupported] = []
        for ios in self._candidates(15):
            found = _unsupported(model, ios)
            if not found:
                break
        return found

    def check_labels(self, labels: Sequence[str], graph: ir.Graph) -> None:
        scores(graph, len(labels))

    def quantize_without_data(self, model: ir.Model, prescription: Prescription) -> Quantized:
        if self.ios == 15:
            return Quantized(model, QuantizationPlan())
        return Quantized(model, weights_plan(model, prescription, self.int8_rules(model.graph)))

    def emit(self, work: Work, progress: Progress) -> Artifact:
        progress.stage("lower")
        ios = self._version(work)
        compute = FP32 if work.precision == "fp32" else FP16
        graph = to_qdq(work.model, work.plan).graph
        images = image_inputs(graph, work.preprocess)
        program, context, names = build(graph, ios, compute, images)
        description = describe(work, graph, names, images)
        progress.stage("write")
        files = package(program, ios, description)
        inputs = [value for value in graph.inputs if value.const_value is None]
        return Artifact(
            b"",
            tuple(_port(value, names, images) for value in inputs),
            tuple(_port(value, names, {}) for value in graph.outputs),
            operations(files),
            0,
            len(files.get(WEIGHTS, b"")),
            notes=_notes(ios, context.widened, renamings(graph, names)),
            files=files,
            precision=_precision(work),
        )

    def _candidates(self, oldest: int) -> tuple[int, ...]:
        """The versions to try, oldest first."""
        return (self.ios,) if self.ios else tuple(v for v in VERSIONS if v >= oldest)

    def _version(self, work: Work) -> int:
        """The oldest version that has what the plan and the operators need."""
        oldest = 17 if work.plan.activations else 16 if work.plan.weights else 15
        candidates = self._candidates(oldest)
        supported = (ios for ios in candidates if not _unsupported(work.model, ios))
        return next(supported, candidates[-1])


def _unsupported(model: ir.Model, ios: int) -> list[Unsupported]:
    return unsupported(model, functools.partial(judge, ios=ios))


def _ports(graph: ir.Graph) -> list[ir.Value]:
    return [*(value for value in graph.inputs if value.const_value is None), *graph.outputs]


def _port(value: ir.Value, names: Names, images: Mapping[str, ImageInput]) -> Port:
    image = images.get(value.name or "")
    if image is not None:
        return Port(names.of(value), DType.U8, image.shape)
    dtype = DType.F32 if kind_of(value.dtype) is Kind.FLOAT else DType.S32
    return Port(names.of(value), dtype, shape_of(value))


def _precision(work: Work) -> str:
    if work.plan.activations:
        return "int8"
    if any(d.precision is Precision.WEIGHTS for d in work.plan.decisions.values()):
        return "int8 weights"
    return "fp32" if work.precision == "fp32" else "fp16"


def _notes(ios: int, widened: list[str], renamed: Mapping[str, str]) -> tuple[str, ...]:
    notes = [f"The package needs iOS {ios} or macOS {ios - 3}, or later."]
    if widened:
        notes.append(
            f"{len(widened)} nodes compute in float32, since half precision would overflow or lose "
            f"their constants: {', '.join(widened[:3])}{', …' * (len(widened) > 3)}."
        )
    if renamed:
        pairs = ", ".join(f"'{name}' is '{new}'" for name, new in renamed.items())
        notes.append(f"Core ML allows letters, digits and underscores in names: {pairs}.")
    return tuple(notes)
