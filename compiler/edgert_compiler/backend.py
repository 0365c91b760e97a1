"""What a target does with an optimized, quantized graph: the second half of a compilation."""

from __future__ import annotations

import abc
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from edgert_compiler.quantization.plan import WEIGHT_LIMITS

if TYPE_CHECKING:
    import onnx_ir as ir

    from edgert.preprocess import Preprocess
    from edgert_compiler.operators.base import Operator
    from edgert_compiler.program.ir import Port, State
    from edgert_compiler.progress import Progress
    from edgert_compiler.quantization.plan import QuantizationPlan
    from edgert_compiler.quantization.prescription import Prescription
    from edgert_compiler.quantization.quantize import Quantized
    from edgert_compiler.quantization.rules import Int8Rules
    from edgert_compiler.state import StateBinding
    from edgert_compiler.unsupported import Unsupported


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be written.

    Attributes:
        model: the optimized float graph (`edgert_compiler.passes` says what holds for it).
        plan: how to compute it.
        preprocess: declared preprocessing, with the size, layout and type of the input `image`.
        image: the name of the input that it is for, "" where there is none.
        labels: class names.
        metadata: versions and provenance, by key.
        precision: as it was asked for: "auto", "int8", "fp32" or "fp16".
        further: graphs and plans for further sets of input shapes.
        states: outputs to keep as inputs of the next run.
        max_ram: bytes that the arena may have; None: any number.
        keep_intermediates: whether no results share memory, so that a run leaves all of them.

    The last four are as their defaults where the backend does not plan memory.
    """

    model: ir.Model
    plan: QuantizationPlan
    preprocess: Preprocess | None
    labels: Sequence[str]
    metadata: Mapping[str, str]
    image: str = ""
    precision: str = "auto"
    further: Sequence[tuple[ir.Model, QuantizationPlan]] = ()
    states: Sequence[StateBinding] = ()
    max_ram: int | None = None
    keep_intermediates: bool = False

    @property
    def halves(self) -> bool:
        """Whether weights are to be in float16."""
        return self.precision == "fp16"

    @property
    def variants(self) -> list[tuple[ir.Model, QuantizationPlan]]:
        """The graph and plan for each set of input shapes."""
        return [(self.model, self.plan), *self.further]

    def preprocessing(self, channels_last: Collection[str] = ()) -> str:
        """The declaration as JSON, "" where there is none; without size where there are several.

        channels_last: names of ports that are [N, H, W, C] where the model has [N, C, H, W].
        """
        declared = self.preprocess
        if declared is None:
            return ""
        if self.image in channels_last:
            declared = replace(declared, layout="nhwc")
        return (replace(declared, size=None) if self.further else declared).to_json()

    def properties(self, channels_last: Collection[str] = ()) -> dict[str, str]:
        """What formats with texts by key carry beside the graph; as JSON where it is no text."""
        return {
            **{f"edgert.{key}": value for key, value in self.metadata.items()},
            "edgert.labels": json.dumps(list(self.labels)) if self.labels else "",
            "edgert.preprocessing": self.preprocessing(channels_last),
        }


@dataclass(frozen=True)
class Variant:
    """Figures for one set of input shapes, as those of an `Artifact`."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    macs: int
    arena_bytes: int
    arena_lower_bound: int


@dataclass(frozen=True, eq=False)
class Artifact:
    """What was written, and the figures for the report.

    Attributes:
        data: the content of the file that was made.
        files: instead of it, the files of a folder by relative path (with "/").
        inputs, outputs: as a user of the artifact sees them; for the first set of input shapes.
        kernels: number of calls or operators by name.
        macs: multiply-accumulates of one inference, 0 where they were not counted.
        constants_bytes: size of weights and other constants.
        arena_bytes, arena_lower_bound, memory_strategy: the memory plan; 0 and "" where the
            target's runtime plans its memory itself.
        notes: what to know about it.
        states: outputs that are kept as inputs of the next run.
        variants: one for each set of input shapes, where the target counts them.
        precision: that it computes in, where the plan does not say it all.
    """

    data: bytes
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    kernels: Mapping[str, int]
    macs: int
    constants_bytes: int
    arena_bytes: int = 0
    arena_lower_bound: int = 0
    memory_strategy: str = ""
    notes: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    states: tuple[State, ...] = ()
    variants: tuple[Variant, ...] = ()
    precision: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return len(self.data) + sum(map(len, self.files.values()))


class Backend(abc.ABC):
    """How a target differs in what it takes, and how it is written.

    Attributes:
        left_out: names of rewrite rules (files in passes/rules) whose results it cannot compute.
        int8_products_write_float: whether a product with int8 operands can have a float output;
            else such an output gets int8 parameters of its own.
        int8_tables: whether arithmetic on one int8 value is one step, without rounding in between.
        plans_memory: whether it takes several sets of input shapes, states and a memory budget.
        int8_activations: whether activations can be int8 with parameters known when compiling.
        weight_limits: the smallest and the largest integer that a weight may be; products with
            others compute in float.
        rounds_to_16_bits: whether it computes floats precisely enough to round them as a model
            that quantizes to 16 bits says; else they stay as they are.
    """

    left_out: ClassVar[frozenset[str]] = frozenset()
    int8_products_write_float: bool = True
    int8_tables: bool = True
    plans_memory: ClassVar[bool] = False
    int8_activations: bool = True
    weight_limits: tuple[int, int] = WEIGHT_LIMITS
    rounds_to_16_bits: bool = True

    def find(self, op_type: str, domain: str) -> Operator | None:
        """What the quantizer needs to know of an operator: its part in int8, its weights."""
        from edgert_compiler.operators import registry

        return registry.find(op_type, domain)

    def int8_rules(self, graph: ir.Graph) -> Int8Rules:
        """How it computes a graph in int8."""
        from edgert_compiler.quantization.rules import Int8Rules

        return Int8Rules(
            self.products_write_float(graph), self.int8_tables, self.find, self.weight_limits
        )

    def computes(self, node: ir.Node) -> bool:
        """Whether it computes a node whole that the passes would decompose (Stage.DECOMPOSE).

        It is asked once constants are folded, of nodes whose shapes may be unknown.
        """
        return False

    def check_labels(self, labels: Sequence[str], graph: ir.Graph) -> None:
        """Raises CompileError where the model has another number of classes than labels."""
        from edgert_compiler.labels import check_labels

        check_labels(labels, graph)

    def quantized_ports(self, graph: ir.Graph) -> Collection[str]:
        """Names of float inputs and outputs that get 8 bits from calibration data in any case."""
        return ()

    def products_write_float(self, graph: ir.Graph) -> bool:
        """Whether a product of the graph with int8 operands can have a float output."""
        return self.int8_products_write_float

    def quantize_without_data(self, model: ir.Model, prescription: Prescription) -> Quantized:
        """What is int8 where no parameters of activations are known; `prescription` has weights."""
        from edgert_compiler.quantization.quantize import quantize_dynamic

        return quantize_dynamic(model, prescription, self.int8_rules(model.graph))

    @abc.abstractmethod
    def unsupported(self, model: ir.Model) -> list[Unsupported]:
        """Every node of an optimized model that it cannot compute, in graph order."""

    @abc.abstractmethod
    def emit(self, work: Work, progress: Progress) -> Artifact:
        """Lowers and writes. Every node is supported. Raises CompileError."""
