"""The TFLite target's half of a compilation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

import onnx_ir as ir

from edgert_compiler.backend import Artifact, Backend, Work
from edgert_compiler.importer.tflite.schema import has_type
from edgert_compiler.operators import registry as own_registry
from edgert_compiler.operators.base import Operator, QuantizationRole
from edgert_compiler.port_types import ALL_FLOAT, PortTypes
from edgert_compiler.program import ir as program_ir
from edgert_compiler.progress import Progress
from edgert_compiler.quantization.plan import WEIGHT_LIMITS, QuantizationPlan
from edgert_compiler.unsupported import Unsupported, obstacle, unsupported
from edgert_targets.tflite.compiler import registry
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.cost import constant_bytes, multiply_accumulates
from edgert_targets.tflite.compiler.fuse import fuse_activations
from edgert_targets.tflite.compiler.graph import Graph, Port
from edgert_targets.tflite.compiler.halves import store_halves
from edgert_targets.tflite.compiler.lower import lower
from edgert_targets.tflite.compiler.verify import verify
from edgert_targets.tflite.compiler.write import write


@dataclass(frozen=True)
class TfliteFile(Backend):
    """Writes a .tflite file of the whole model.

    port_types: of float inputs and outputs. unroll: recurrent layers are unrolled even where TFLite
    has an operator, which keeps its states in variables.
    """

    left_out = frozenset({"residual_add"})  # TFLite adds in an operator of its own
    int8_products_write_float = False
    int8_tables = False
    weight_limits = (-128, 127)

    port_types: PortTypes = ALL_FLOAT
    unroll: bool = False

    def computes(self, node: ir.Node) -> bool:
        judge = None if self.unroll else _judge(node.op_type, node.domain)
        return judge is not None and obstacle(node, judge) is None

    def find(self, op_type: str, domain: str) -> Operator | None:
        lowering = registry.find(op_type, domain)
        return None if lowering is None else _Part(own_registry.find(op_type, domain), lowering)

    def unsupported(self, model: ir.Model) -> list[Unsupported]:
        return unsupported(model, _judge)

    def quantized_ports(self, graph: ir.Graph) -> Collection[str]:
        types = self.port_types.of(graph)
        return [v.name for v in graph.inputs if v.name in types and v.dtype == ir.DataType.FLOAT]

    def emit(self, work: Work, progress: Progress) -> Artifact:
        progress.stage("lower")
        graph = work.model.graph
        lowered = lower(graph, work.plan, self.port_types.of(graph))
        channels_last = [port.name for port in lowered.inputs if port.transposed]
        written = replace(fuse_activations(lowered), metadata=work.properties(channels_last))
        verify(written)
        written, weight_notes = store_halves(written) if work.halves else (written, [])
        progress.stage("write")
        return Artifact(
            write(written),
            tuple(map(_port, written.inputs)),
            tuple(map(_port, written.outputs)),
            dict(Counter(operator.code for operator in written.operators).most_common()),
            sum(map(multiply_accumulates, written.operators)),
            constant_bytes(written),
            notes=(*_notes(written), *weight_notes, *_weight_notes(work.plan)),
        )


def _weight_notes(plan: QuantizationPlan) -> list[str]:
    found = [name for name, params in plan.weights.items() if params.limits != WEIGHT_LIMITS]
    names = ", ".join(f"'{name}'" for name in found[:3]) + (", ..." if len(found) > 3 else "")
    return [f"weights of -128 became -127, the smallest that TFLite has: {names}"] if found else []


def _judge(op_type: str, domain: str) -> _Judge | None:
    lowering = registry.find(op_type, domain)
    return None if lowering is None else _Judge(lowering)


@dataclass(frozen=True, eq=False)
class _Judge:
    """What TFLite makes of one operator, its axes and element types included."""

    lowering: Lowering

    def unsupported(self, node: ir.Node) -> str | None:
        most = self.lowering.axes(node)
        values = [value for value in (*node.inputs, *node.outputs) if value is not None]
        if any(value.shape is not None and len(value.shape) > most for value in values):
            return f"has more than {most} axes; TFLite takes up to {most}"
        for value in values:
            if value.dtype is not None and not has_type(value.dtype):
                return f"TFLite has no tensors of type {value.dtype.name.lower()}"
        return self.lowering.unsupported(node)


class _Part(Operator):
    """The part in quantization of an operator that TFLite computes."""

    def __init__(self, own: Operator | None, lowering: Lowering) -> None:
        self._own = own  # None where edgert's kernels compute the operator decomposed
        self._lowering = lowering

    def role(self, node: ir.Node) -> QuantizationRole:
        return self._lowering.role(
            node, self._own.role(node) if self._own else QuantizationRole.FLOAT
        )

    def weight_input(self, node: ir.Node) -> int | None:
        return self._own.weight_input(node) if self._own else None

    def weight_axis(self, node: ir.Node) -> int:
        return self._own.weight_axis(node) if self._own else 0

    def lower(self, node: ir.Node, context: object) -> None:
        raise NotImplementedError("this one is for quantization")


def _port(port: Port) -> program_ir.Port:
    return program_ir.Port(port.name, program_ir.DType.of(port.tensor.dtype), port.tensor.shape)


def _notes(graph: Graph) -> tuple[str, ...]:
    notes = []
    moved = [p.name for p in (*graph.inputs, *graph.outputs) if p.transposed]
    if moved:
        notes.append(f"images are NHWC, as TFLite has them: {', '.join(moved)}")
    if any(tensor.variable for tensor in graph.tensors()):
        notes.append(
            "LSTM layers keep their states in variables, which the interpreters have, but not "
            "LiteRT's CompiledModel; lstm=unrolled writes them without"
        )
    return tuple(notes)
