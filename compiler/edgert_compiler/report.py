"""What `compile` returns: what was made, how it computes, and what to know about it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgert._text import size
from edgert_compiler.graph.metadata import notes as importer_notes
from edgert_compiler.graph.problems import shown_operator
from edgert_compiler.quantization.dynamic import ADVICE as DYNAMIC_ADVICE
from edgert_compiler.quantization.plan import Precision

if TYPE_CHECKING:
    from rich.console import RenderableType

    from edgert_compiler.backend import Variant
    from edgert_compiler.pipeline import Compiled
    from edgert_compiler.program.ir import Port, State
    from edgert_compiler.quantization.quantize import Quantized


@dataclass(frozen=True)
class PortReport:
    """An input or output; `type` is numpy's name of the element type."""

    name: str
    type: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class NodeReport:
    """How one node of the optimized graph computes; `reason` says why where it is not int8."""

    name: str
    op: str
    precision: str
    reason: str = ""


@dataclass(frozen=True)
class VariantReport:
    """The model for one set of input shapes; figures as in `CompileReport`."""

    inputs: tuple[PortReport, ...]
    outputs: tuple[PortReport, ...]
    macs: int
    arena_bytes: int
    arena_lower_bound: int


@dataclass(frozen=True)
class StateReport:
    """An output that is an input of the next run: names of both, type and shape."""

    output: str
    input: str
    type: str
    shape: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class CompileReport:
    """The outcome of a compilation.

    Where the bundle has several sets of input shapes, the figures are those of the first, except
    for sizes: the bundle and its constants serve all sets, and so does the arena.

    Attributes:
        target: name of the target.
        precision: "int8", "dynamic" (int8 weights, activations quantized while running), "fp32" or
            "fp16" (weights stored in float16).
        output: path of the bundle, "" where it was only made in memory.
        bundle_bytes: size of the bundle.
        constants_bytes: size of weights and other constants in it.
        macs: multiply-accumulates of one inference.
        arena_bytes: working memory of one inference, states included, without inputs and outputs.
        arena_lower_bound: the most bytes that are in use at once: no plan can need less.
        memory_strategy: how the arena was planned.
        kernels: number of calls by kernel.
        inputs, outputs: of the model, without states.
        states: outputs that are inputs of the next run.
        variants: one for each set of input shapes.
        nodes: how each node of the optimized graph computes.
        notes: what was assumed, and what could be done better.
        bundle: the bundle itself, or the file that the target writes in its place.
        files: of a target that writes a folder, its files by relative path.
    """

    target: str
    precision: str
    output: str
    bundle_bytes: int
    constants_bytes: int
    macs: int
    arena_bytes: int
    arena_lower_bound: int
    memory_strategy: str
    kernels: Mapping[str, int]
    inputs: tuple[PortReport, ...]
    outputs: tuple[PortReport, ...]
    states: tuple[StateReport, ...]
    variants: tuple[VariantReport, ...]
    nodes: tuple[NodeReport, ...]
    notes: tuple[str, ...]
    bundle: bytes = field(repr=False, compare=False)
    files: Mapping[str, bytes] = field(repr=False, compare=False, default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the bundle and files, in types that JSON has."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        del fields["bundle"], fields["files"]
        fields["kernels"] = dict(self.kernels)
        for name in ("inputs", "outputs", "states", "variants", "nodes"):
            fields[name] = [dataclasses.asdict(item) for item in fields[name]]
        return {**fields, "notes": list(self.notes)}

    def to_json(self) -> str:
        """`to_dict` as a JSON document."""
        return json.dumps(self.to_dict(), indent=2)

    def __repr__(self) -> str:
        """What was made, in one line; `print` shows the table."""
        made = f"{self.output or 'in memory'}, {size(self.bundle_bytes)}"
        count = len(self.notes)
        notes = f", {count} note{'s' * (count > 1)}" if count else ""
        return f"<CompileReport: {made}, {self.precision} for {self.target}{notes}>"

    def _repr_html_(self) -> str:
        """The table of facts, with what is not in int8 and the notes."""
        from edgert_compiler.report_view import html

        return html(self)

    def __rich__(self) -> RenderableType:
        """A table for the terminal."""
        from edgert_compiler.report_view import render

        return render(self)

    def __str__(self) -> str:
        """The table as plain text."""
        from edgert_compiler.report_view import plain

        return plain(self)


def make_report(
    compiled: Compiled, target: str, precision: str, output: str, notes: tuple[str, ...]
) -> CompileReport:
    """The report of a compilation; `notes` come after those of the importer."""
    made = compiled.artifact
    nodes = _nodes(compiled.variants[0])
    quantized = any(node.precision != Precision.FLOAT.value for node in nodes)
    advice = (DYNAMIC_ADVICE,) if precision == "dynamic" and quantized else ()
    assumed = [note for variant in compiled.variants for note in importer_notes(variant.model)]
    return CompileReport(
        target=target,
        precision=precision,
        output=output,
        bundle_bytes=made.size,
        constants_bytes=made.constants_bytes,
        macs=made.macs,
        arena_bytes=made.arena_bytes,
        arena_lower_bound=made.arena_lower_bound,
        memory_strategy=made.memory_strategy,
        kernels=made.kernels,
        inputs=tuple(map(_port, made.inputs)),
        outputs=tuple(map(_port, made.outputs)),
        states=tuple(map(_state, made.states)),
        variants=tuple(map(_variant, made.variants)),
        nodes=nodes,
        notes=(*dict.fromkeys(assumed), *advice, *made.notes, *notes),
        bundle=made.data,
        files=made.files,
    )


def _port(port: Port) -> PortReport:
    return PortReport(port.name, port.dtype.numpy.name, port.shape)


def _variant(variant: Variant) -> VariantReport:
    return VariantReport(
        tuple(map(_port, variant.inputs)),
        tuple(map(_port, variant.outputs)),
        variant.macs,
        variant.arena_bytes,
        variant.arena_lower_bound,
    )


def _state(state: State) -> StateReport:
    return StateReport(state.output, state.port.name, state.port.dtype.numpy.name, state.port.shape)


def _nodes(variant: Quantized) -> tuple[NodeReport, ...]:
    decisions = variant.plan.decisions
    result = []
    for node in variant.model.graph:
        name = node.name or ""
        decision = decisions.get(name)
        precision = decision.precision if decision else Precision.FLOAT
        reason = decision.reason if decision else ""
        result.append(NodeReport(name, shown_operator(node), precision.value, reason))
    return tuple(result)
