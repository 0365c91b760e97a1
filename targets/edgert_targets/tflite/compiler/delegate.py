"""Bundles whose supported partitions are TFLite payloads beside kernels for the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import onnx_ir as ir

from edgert.providers.tflite import NAME
from edgert_compiler.backend import Work
from edgert_compiler.operators.base import Operator
from edgert_compiler.segments import SegmentedBundle
from edgert_compiler.unsupported import Unsupported
from edgert_targets.tflite.compiler.backend import TfliteFile
from edgert_targets.tflite.compiler.fuse import fuse_activations
from edgert_targets.tflite.compiler.halves import store_halves
from edgert_targets.tflite.compiler.lower import lower
from edgert_targets.tflite.compiler.verify import verify
from edgert_targets.tflite.compiler.write import write


@dataclass(frozen=True)
class TfliteBundle(SegmentedBundle):
    """Payloads are .tflite files; what TFLite cannot compute is planned for edgert's kernels."""

    provider: ClassVar[str] = NAME
    int8_ports: ClassVar[bool] = True
    left_out: ClassVar[frozenset[str]] = TfliteFile.left_out
    target: str = "tflite"
    int8_products_write_float: bool = False
    int8_tables: bool = False

    def find(self, op_type: str, domain: str) -> Operator | None:
        return TfliteFile().find(op_type, domain) or super().find(op_type, domain)

    def unsupported_nodes(self, model: ir.Model) -> list[Unsupported]:
        return TfliteFile().unsupported(model)

    def payload(self, part: Work, types: Mapping[str, str]) -> bytes:
        graph = fuse_activations(lower(part.model.graph, part.plan, types, channels_last=False))
        verify(graph)
        return write(store_halves(graph)[0] if part.halves else graph)
