"""Core ML packages, evaluated in numpy."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..cases import Case
from ..runtime import Runtime, compile_case

# Core ML has neither at a model's interface.
_NARROWED = {np.dtype(np.int64): np.dtype(np.int32), np.dtype(bool): np.dtype(np.int32)}


class CoreML(Runtime):
    """The saved package, read back and computed by the tests' evaluator."""

    name = "coreml"
    legend = (
        "`--target coreml`, the saved package read back and computed in numpy by an evaluator "
        "(tests/coreml/evaluator) that shares no code with the compiler. It says what the package "
        "means by MIL's documentation. **Nothing was executed by Core ML**: not its compiler, its "
        "kernels, their rounding, nor the Neural Engine"
    )

    def missing(self) -> str:
        found = find_spec("coremltools") and find_spec("coremltools.libmilstoragepython")
        return "" if found else "coremltools is not installed, or cannot write packages here"

    def run(self, case: Case) -> list[np.ndarray]:
        from tests.coreml.evaluator import load
        from tests.coreml.packages import run

        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "model.mlpackage"
            _, feed = compile_case(case, target="coreml", output=output)
            package = load(output)
        return [_widened(y, e.dtype) for y, e in zip(run(package, feed.values()), case.expected)]


def _widened(output: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Back to the type that ONNX has."""
    output = np.asarray(output)
    return output.astype(dtype) if output.dtype == _NARROWED.get(dtype) else output
