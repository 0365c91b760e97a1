"""Bundles in which other runtimes may compute parts of the model (docs/adr/0014-delegates.md)."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.backend import Work
from edgert_compiler.bundles import Bundle, halve, lower_model
from edgert_compiler.emit import Segment
from edgert_compiler.lowering.ports import PortForm
from edgert_compiler.memory import plan_memory
from edgert_compiler.partition import extract, partition
from edgert_compiler.program.cost import multiply_accumulates
from edgert_compiler.quantization.plan import Precision, QuantizationPlan
from edgert_compiler.unsupported import Unsupported

# Multiply-accumulates; a smaller part costs more to hand over than a delegate can win.
MINIMUM_MACS = 1_000_000


class _NothingDelegatedError(Exception):
    """Says why the model has no segments."""


@dataclass(frozen=True)
class SegmentedBundle(Bundle):
    """A bundle with segments, some of them with a payload for another runtime.

    Attributes:
        provider: the name of that runtime, of a module in edgert.providers.
        int8_ports: whether payloads can have int8 inputs and outputs. Values between segments that
            the plan has in int8 are then handed over so, else as float32.
    """

    provider: ClassVar[str]
    int8_ports: ClassVar[bool]
    plans_memory: ClassVar[bool] = False  # segments allow one program, without states

    @abc.abstractmethod
    def unsupported_nodes(self, model: ir.Model) -> list[Unsupported]:
        """The nodes of an optimized model that the other runtime cannot compute."""

    @abc.abstractmethod
    def payload(self, part: Work, types: Mapping[str, str]) -> bytes:
        """What the other runtime loads: `part.model`, with the ports of its program.

        types: "int8" or "uint8" by name, of values that have 8 bits where they are inputs or
        outputs of the part, with the plan's parameters. Raises CompileError where that is not
        possible.
        """

    def segments(self, work: Work) -> tuple[list[Segment], list[str]]:
        notes: list[str] = []
        try:
            found = self._segments(work, notes)
        except _NothingDelegatedError as reason:
            return [], [*notes, f"nothing is delegated: {reason}"]
        count = sum(bool(segment.payload) for segment in found)
        return found, [*notes, f"{count} of {len(found)} partitions are for {self.provider}"]

    def _segments(self, work: Work, notes: list[str]) -> list[Segment]:
        graph = work.model.graph
        if any(value.producer() is None for value in graph.outputs):
            raise _NothingDelegatedError("an output is an input or a constant")
        types = {**self._inner_types(work), **self._outer_types(work)}
        left = {found.name for found in self.unsupported_nodes(work.model)}
        segments: list[Segment] = []
        own: list[ir.Node] = []  # nodes for the CPU since the last delegated segment
        if all(node.name in left for node in graph):
            raise _NothingDelegatedError(f"{self.provider} has none of its operators")
        for supported, nodes in partition(graph, lambda node: node.name not in left):
            delegated = self._delegated(work, nodes, types, notes) if supported else None
            if delegated is None:
                own += nodes
                continue
            if own:
                segments.append(_segment(_part(work, own), types))
                own = []
            segments.append(delegated)
        if not segments:
            raise _NothingDelegatedError("no partition is large enough")
        if own:
            segments.append(_segment(_part(work, own), types))
        return segments

    def _inner_types(self, work: Work) -> dict[str, str]:
        """Of values between segments."""
        if not self.int8_ports:
            return {}
        return dict.fromkeys(int8_values(work.model.graph, work.plan), "int8")

    def _outer_types(self, work: Work) -> dict[str, str]:
        """Of inputs and outputs of the model, where the plan lets them have 8 bits."""
        graph, form = work.model.graph, self.form(work)
        wide = {v.name for v in (*graph.inputs, *graph.outputs) if form.kept_in_float(v, work.plan)}
        return {name: dtype for name, dtype in form.types.items() if name not in wide}

    def _delegated(
        self, work: Work, nodes: Sequence[ir.Node], types: Mapping[str, str], notes: list[str]
    ) -> Segment | None:
        """The nodes with a payload; None where they are too small a part, or none can be made."""
        part = _part(work, nodes)
        segment = _segment(part, types)
        macs = sum(map(multiply_accumulates, segment.program.calls))
        if macs < MINIMUM_MACS and len(nodes) < len(work.model.graph):
            return None
        try:
            payload = self.payload(part, types)
        except CompileError as error:
            notes.append(f"a partition stays on the CPU: {error}")
            return None
        return replace(segment, provider=self.provider, payload=payload)


def int8_values(graph: ir.Graph, plan: QuantizationPlan) -> frozenset[str]:
    """Names of the values inside of a graph that lose nothing when they are stored in int8.

    These are what int8 nodes compute, and what int8 nodes alone read.
    """

    def is_int8(node: ir.Node | None) -> bool:
        return node is not None and plan.precision(node.name or "") is Precision.INT8

    values = [value for node in graph for value in node.outputs if not value.is_graph_output()]
    return frozenset(
        value.name or ""
        for value in values
        if value.name in plan.activations
        and (is_int8(value.producer()) or all(map(is_int8, value.consumers())))
    )


def _segment(part: Work, types: Mapping[str, str]) -> Segment:
    program = lower_model(part.model, part.plan, "segment", form=PortForm(types))
    if part.halves:
        program = halve(program)
    if len(program.outputs) != len(part.model.graph.outputs):
        raise _NothingDelegatedError("sizes depend on data")
    return Segment(program, plan_memory(program))


def _part(work: Work, nodes: Sequence[ir.Node]) -> Work:
    return replace(work, model=extract(work.model, nodes))
