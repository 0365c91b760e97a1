"""What edgert's own targets write: bundles, for the kernels of the runtime."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

import onnx_ir as ir

from edgert.bundle import BundleReader
from edgert.errors import CompileError
from edgert_compiler.backend import Artifact, Backend, Variant, Work
from edgert_compiler.emit import BundleInfo, Segment
from edgert_compiler.emit.native import emit, native_context
from edgert_compiler.lowering.lower import lower
from edgert_compiler.lowering.ports import AS_DECLARED, PortForm, channels_first_images
from edgert_compiler.memory import MemoryPlan, plan_memory
from edgert_compiler.memory.budget import check_budget
from edgert_compiler.port_types import ALL_FLOAT, PortTypes
from edgert_compiler.program import half_arithmetic, halves
from edgert_compiler.program.checker import check_program
from edgert_compiler.program.cost import multiply_accumulates
from edgert_compiler.program.ir import Program
from edgert_compiler.program_passes import run_program_passes
from edgert_compiler.progress import Progress
from edgert_compiler.quantization.plan import QuantizationPlan
from edgert_compiler.state import StateBinding
from edgert_compiler.unsupported import Unsupported, check_supported, unsupported
from edgert_compiler.variants import variant_names

Planned = tuple[Program, MemoryPlan]


@dataclass(frozen=True)
class Bundle(Backend):
    """Writes bundles.

    Attributes:
        target: the name that they carry.
        port_types: of float inputs and outputs.
        channels_last: whether images go in and come out as [N, H, W, C].
        half_arithmetic: whether precision fp16 computes in float16, too.
    """

    target: str = "host"
    port_types: PortTypes = ALL_FLOAT
    channels_last: bool = False
    half_arithmetic: bool = False
    int8_products_write_float: bool = True
    weight_limits: tuple[int, int] = (-255, 255)  # packing/terms.py
    plans_memory: ClassVar[bool] = True

    def quantized_ports(self, graph: ir.Graph) -> Collection[str]:
        types = self.port_types.of(graph)
        return [v.name for v in (*graph.inputs, *graph.outputs) if v.name in types and _is_f32(v)]

    def products_write_float(self, graph: ir.Graph) -> bool:
        # Those that may write float have no scale and zero point, which outputs of 8 bits need.
        types = self.port_types.of(graph)
        return self.int8_products_write_float and not any(v.name in types for v in graph.outputs)

    def unsupported(self, model: ir.Model) -> list[Unsupported]:
        return unsupported(model)

    def segments(self, work: Work) -> tuple[list[Segment], list[str]]:
        """The parts of the model for other runtimes, where it has some, and notes about them."""
        return [], []

    def form(self, work: Work) -> PortForm:
        """What ports look like. Raises CompileError where one cannot have the type asked for."""
        graph = work.model.graph
        states = [name for state in work.states for name in (state.input, state.output)]
        form = PortForm(self.port_types.of(graph, states), self._channels_last(work))
        named = self.port_types.named()
        for value in (*graph.inputs, *graph.outputs):
            if value.name in named and form.kept_in_float(value, work.plan):
                raise CompileError(
                    f"'{value.name}' cannot be {form.types[value.name]}: float operators compute "
                    "it, so it has no scale and zero point; calibration data may give it some, or "
                    f"use {value.name}=float32"
                )
        return form

    def _channels_last(self, work: Work) -> frozenset[str]:
        if not self.channels_last:
            return frozenset()
        names = channels_first_images(work.model.graph)
        declared = work.image if work.preprocess and work.preprocess.layout == "nhwc" else None
        return frozenset(name for name in names if name != declared)

    def emit(self, work: Work, progress: Progress) -> Artifact:
        form = self.form(work)
        programs = planned(work, progress, form, self.half_arithmetic)
        progress.stage("write")
        preprocessing = work.preprocessing(form.channels_last)
        info = BundleInfo(self.target, preprocessing, work.labels, work.metadata)
        segments, segment_notes = self.segments(work)
        data = emit(programs, info, segments)
        variants = tuple(_variant(*one) for one in programs)
        first, _ = programs[0]
        weight_notes = _half_notes(first, self.half_arithmetic) if work.halves else []
        _, largest = max(programs, key=lambda one: one[1].arena_size)
        return Artifact(
            data,
            first.inputs,
            first.outputs,
            dict(Counter(call.kernel for call in first.calls).most_common()),
            variants[0].macs,
            BundleReader(data).root.constants_size,
            largest.arena_size,
            largest.lower_bound,
            largest.strategy,
            notes=(*_notes(work, form), *weight_notes, *segment_notes),
            states=first.states,
            variants=variants,
        )


def planned(
    work: Work, progress: Progress, form: PortForm, half_arithmetic: bool = False
) -> list[Planned]:
    """A program for each set of input shapes, with its memory plan within the budget."""
    names = variant_names([model.graph for model, _ in work.variants])
    programs = []
    for (model, plan), name in zip(work.variants, names):
        progress.stage("lower")
        program = lower_model(model, plan, name, work.states, form)
        if work.halves:
            program = halve(program, half_arithmetic)
        progress.stage("plan memory")
        memory = plan_memory(program, work.keep_intermediates)
        if work.max_ram is not None:
            check_budget(program, memory, work.max_ram, work.keep_intermediates)
        programs.append((program, memory))
    return programs


def _notes(work: Work, form: PortForm) -> list[str]:
    ports = (*work.model.graph.inputs, *work.model.graph.outputs)
    return [
        f"'{value.name}' stays {_type_name(value)}: float operators compute it"
        for value in ports
        if value.const_value is None and form.kept_in_float(value, work.plan)
    ]


def _is_f32(value: ir.Value) -> bool:
    return value.dtype == ir.DataType.FLOAT


def _type_name(value: ir.Value) -> str:
    assert value.dtype is not None
    return value.dtype.numpy().name


def _variant(program: Program, memory: MemoryPlan) -> Variant:
    macs = sum(map(multiply_accumulates, program.calls))
    return Variant(program.inputs, program.outputs, macs, memory.arena_size, memory.lower_bound)


def lower_model(
    model: ir.Model,
    plan: QuantizationPlan,
    name: str = "main",
    states: Sequence[StateBinding] = (),
    form: PortForm = AS_DECLARED,
) -> Program:
    """The optimized kernel program of an optimized graph."""
    return run_program_passes(lower(model.graph, plan, name, states, form), native_context())


def halve(program: Program, arithmetic: bool = False) -> Program:
    """The program with its weights in float16; with `arithmetic` it computes in that, too."""
    if arithmetic:
        program = half_arithmetic.compute_in_halves(program)
    program = halves.store_halves(program)
    check_program(program, native_context().fields)
    return program


def _half_notes(program: Program, arithmetic: bool) -> list[str]:
    return half_arithmetic.notes(program) if arithmetic else halves.notes(program)


def compile_float(model: ir.Model) -> bytes:
    """A float bundle of an optimized graph, for calibration.

    Raises UnsupportedOpError that lists every node that edgert's kernels do not compute.
    """
    check_supported(model)
    program = lower_model(model, QuantizationPlan())
    return emit([(program, plan_memory(program))], BundleInfo())
