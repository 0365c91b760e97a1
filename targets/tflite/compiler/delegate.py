"""Bundles whose supported partitions are TFLite payloads beside kernels for the CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import onnx_ir as ir

from edgert.compiler.backend import Work
from edgert.compiler.bundles import Bundle, lower_model
from edgert.compiler.emit import Segment
from edgert.compiler.memory import plan_memory
from edgert.compiler.ops.base import OpLowering
from edgert.compiler.partition import extract, merged, partition
from edgert.compiler.quantization.plan import QuantizationPlan
from edgert.errors import CompileError
from edgert.targets.tflite.compiler.backend import TfliteFile
from edgert.targets.tflite.compiler.cost import multiply_accumulates
from edgert.targets.tflite.compiler.fuse import fuse_activations
from edgert.targets.tflite.compiler.lower import lower
from edgert.targets.tflite.compiler.verify import verify
from edgert.targets.tflite.compiler.write import write

PROVIDER = "TFLite"


@dataclass(frozen=True)
class DelegateBundle(Bundle):
    """A bundle with segments; those with fewer than `minimum_macs` are not delegated."""

    left_out: ClassVar[frozenset[str]] = TfliteFile.left_out
    plans_memory: ClassVar[bool] = False  # segments allow one program, without states
    target: str = "tflite"
    int8_products_write_float: bool = False
    minimum_macs: int = 1_000_000

    def find(self, op_type: str, domain: str) -> OpLowering | None:
        return TfliteFile().find(op_type, domain) or super().find(op_type, domain)

    def segments(self, work: Work) -> tuple[list[Segment], list[str]]:
        model = work.model
        if any(value.producer() is None for value in model.graph.outputs):
            return [], ["nothing is delegated: an output is an input or a constant"]
        notes: list[str] = []
        left = {found.node for found in TfliteFile().unsupported(model)}
        groups = merged(
            [
                (kind and self._payload(extract(model, nodes), work.plan, notes) != b"", nodes)
                for kind, nodes in partition(model.graph, lambda node: node.name not in left)
            ]
        )
        if not any(kind for kind, _ in groups):
            return [], [*notes, "nothing is delegated: no partition is large enough"]
        segments = []
        for index, (kind, nodes) in enumerate(groups):
            part = extract(model, nodes)
            program = lower_model(part, work.plan, f"segment_{index}")
            if len(program.outputs) != len(part.graph.outputs):
                return [], ["nothing is delegated: sizes depend on data"]
            payload = self._payload(part, work.plan, notes) if kind else b""
            provider = PROVIDER if payload else ""
            segments.append(Segment(program, plan_memory(program), provider, payload))
        count = sum(bool(segment.payload) for segment in segments)
        return segments, [*notes, f"{count} of {len(segments)} partitions are for {PROVIDER}"]

    def _payload(self, part: ir.Model, plan: QuantizationPlan, notes: list[str]) -> bytes:
        """The .tflite file of a part of the model; empty where it is too small or not possible."""
        try:
            graph = fuse_activations(lower(part.graph, plan, channels_last=False))
            verify(graph)
        except CompileError as error:
            notes.append(f"a partition stays on the CPU: {error}")
            return b""
        macs = sum(map(multiply_accumulates, graph.operators))
        return write(graph) if macs >= self.minimum_macs else b""
