"""TFLite (LiteRT): a .tflite file of the whole model, or a bundle with .tflite partitions.

Light: what compiles is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgert_compiler.port_types import TYPES, PortTypes
from edgert_targets.base import Target

if TYPE_CHECKING:
    from edgert_compiler.backend import Backend


@dataclass(frozen=True)
class TfliteTarget(Target):
    """Files for LiteRT, TensorFlow Lite and what else reads them."""

    suffixes = (".tflite", ".edgert")
    options = {  # noqa: RUF012  (never changed)
        "io_type": TYPES,
        "lstm": ("whole", "unrolled"),
    }

    def backend(self, suffix: str, options: Mapping[str, str]) -> Backend:
        types = PortTypes.parse(options["io_type"])
        if suffix == ".edgert":
            from edgert_targets.tflite.compiler.delegate import TfliteBundle

            return TfliteBundle(port_types=types)
        from edgert_targets.tflite.compiler.backend import TfliteFile

        return TfliteFile(types, unroll=options["lstm"] == "unrolled")


TARGET = TfliteTarget("tflite", "LiteRT and TensorFlow Lite")
