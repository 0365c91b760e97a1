"""The optimized model as ONNX, its quantization as Q/DQ nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from edgert_targets.base import Target

if TYPE_CHECKING:
    from edgert_compiler.backend import Backend


@dataclass(frozen=True)
class OnnxTarget(Target):
    """Writes .onnx files."""

    suffixes: ClassVar[tuple[str, ...]] = (".onnx",)

    def backend(self, suffix: str, options: Mapping[str, str]) -> Backend:
        from edgert_targets.onnx.qdq.backend import OnnxBackend

        return OnnxBackend()


TARGET = OnnxTarget(name="onnx", description="Optimized ONNX with Q/DQ nodes, for other runtimes")
