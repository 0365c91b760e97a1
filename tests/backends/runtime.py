"""What a runtime is, and how its outputs are compared."""

from __future__ import annotations

import abc
from collections.abc import Sequence

import numpy as np

import edgert
from edgert.errors import CompileError
from edgert_compiler.discovery import instances
from edgert_compiler.onnx_backend import bindings

from .cases import Arrays, Case


class Runtime(abc.ABC):
    """Computes a case's outputs, or refuses it with a CompileError.

    Attributes:
        name: of its column and of its skip list.
        legend: one sentence for the page.
    """

    name: str
    legend: str

    def missing(self) -> str:
        """Why it cannot run on this machine; empty where it can."""
        return ""

    @abc.abstractmethod
    def run(self, case: Case) -> list[np.ndarray]:
        """The outputs in order. Raises CompileError where the case is unsupported."""

    def check(self, case: Case) -> None:
        """Raises CompileError for an unsupported case, any other exception for a failed one."""
        compare(case, self.run(case))


def runtimes() -> dict[str, Runtime]:
    """All, by name, the reference and edgert before what edgert compiles to."""
    found = {runtime.name: runtime for runtime in instances("tests.backends.runtimes", Runtime)}
    first = ["reference", "edgert"]
    return {name: found[name] for name in [*first, *sorted(found.keys() - first)]}


def compare(case: Case, outputs: Sequence[np.ndarray]) -> None:
    """Types, shapes and numbers; of INT8 cases the noise (root mean square) by the signal."""
    assert len(outputs) == len(case.expected)
    for output, expected in zip(outputs, case.expected):
        assert output.dtype == expected.dtype, f"{output.dtype} is not {expected.dtype}"
        assert output.shape == expected.shape, f"{output.shape} is not {expected.shape}"
        if case.calibration:
            noise = float(np.sqrt(np.mean((output - expected) ** 2)) / expected.std())
            assert noise <= case.noise, f"noise of {noise:.3f} by the signal"
        else:
            np.testing.assert_allclose(output, expected, case.rtol, case.atol)


def compile_case(case: Case, **options: object) -> tuple[edgert.CompileReport, Arrays]:
    """The report and the inputs that are left: those bound as constants are not.

    Binds as few inputs as the compiler takes. Raises the refusal of the model whose parameters
    are bound and whose other inputs are not. Never binds all: nothing would be left to run.
    """
    precision = {"calibration": case.calibration} if case.calibration else {"precision": "fp32"}
    refusals: list[CompileError] = []
    for bound in bindings(case.model, case.feed):
        left = {name: array for name, array in case.feed.items() if name not in bound}
        if bound and not left:
            continue
        try:
            report = edgert.compile(
                case.model,
                constants={name: case.feed[name] for name in bound},
                input_shapes={name: array.shape for name, array in left.items()},
                **precision,
                **options,
            )
        except CompileError as error:
            refusals.append(error)
            continue
        return report, left
    raise refusals[:2][-1]
