"""Core ML's targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from edgert.errors import CompileError
from edgert_targets.base import Target

if TYPE_CHECKING:
    from edgert_compiler.backend import Backend


@dataclass(frozen=True)
class CoreMLTarget(Target):
    """ML Programs, whole or as partitions of a bundle.

    The option `ios` is the oldest version that is to run them, "auto" the oldest that has what the
    model needs: 15 for floats, 16 for int8 weights, 17 for int8 activations. macOS versions are 3
    lower.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".mlpackage", ".edgert")
    folders: ClassVar[frozenset[str]] = frozenset({".mlpackage"})
    options: ClassVar[Mapping[str, tuple[str, ...]]] = {"ios": ("auto", "15", "16", "17", "18")}

    def check(self, precision: str, options: Mapping[str, str]) -> dict[str, str]:
        chosen = super().check(precision, options)
        if precision == "int8" and chosen["ios"] == "15":
            raise CompileError(
                "int8 weights need iOS 16; use target option ios=16, or precision 'fp16'"
            )
        return chosen

    def backend(self, suffix: str, options: Mapping[str, str]) -> Backend:
        from edgert_targets.coreml.mil.backend import CoreML
        from edgert_targets.coreml.mil.delegate import CoreMLBundle
        from edgert_targets.coreml.mil.package import check_coremltools

        check_coremltools()
        ios = 0 if options["ios"] == "auto" else int(options["ios"])
        kind = CoreMLBundle if suffix == ".edgert" else CoreML
        return kind(ios=ios, int8_activations=ios == 0 or ios >= 17)


TARGET = CoreMLTarget("coreml", "Core ML on iOS and macOS")
