"""TFLite (LiteRT): a .tflite file of the whole model, or a bundle with .tflite partitions.

Light: what compiles is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgert.errors import CompileError
from edgert.targets.base import Target

if TYPE_CHECKING:
    from edgert.compiler.backend import Backend


@dataclass(frozen=True)
class TfliteTarget(Target):
    """Files for LiteRT, TensorFlow Lite and what else reads them."""

    suffixes = (".tflite", ".edgert")
    options = {  # noqa: RUF012  (never changed)
        "io_type": ("float32", "int8", "uint8"),
        "lstm": ("whole", "unrolled"),
    }

    def backend(self, suffix: str, options: Mapping[str, str]) -> Backend:
        if suffix == ".edgert":
            from edgert.targets.tflite.compiler.delegate import TfliteBundle

            if options["io_type"] != "float32":
                raise CompileError("io_type of a bundle for target 'tflite' is float32")
            return TfliteBundle()
        from edgert.targets.tflite.compiler.backend import TfliteFile

        return TfliteFile(options["io_type"], unroll=options["lstm"] == "unrolled")


TARGET = TfliteTarget("tflite", "LiteRT and TensorFlow Lite")
