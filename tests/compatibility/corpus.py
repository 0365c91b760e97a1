"""Bundles of earlier versions, each with an input and the outputs that its own version gave."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import edgert
from edgert.bundle import BundleReader
from tests.runtime.models import MODELS, feed

FOLDER = Path(__file__).parent
PRECISIONS = ("int8", "fp32", "dynamic")
_CALIBRATION_SEEDS = range(3)
_SEED = 7


@dataclass(frozen=True)
class OldBundle:
    """One file of the corpus, <version>/<model>-<precision>.npz."""

    bundle: bytes
    inputs: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]

    @classmethod
    def read(cls, path: Path) -> OldBundle:
        with np.load(path) as arrays:
            parts: dict[str, dict[str, np.ndarray]] = {"in": {}, "out": {}}
            for name in arrays.files:
                kind, _, port = name.partition(":")
                if port:
                    parts[kind][port] = arrays[name]
            return cls(arrays["bundle"].tobytes(), parts["in"], parts["out"])

    def write(self, path: Path) -> None:
        ports = {f"in:{name}": array for name, array in self.inputs.items()}
        ports |= {f"out:{name}": array for name, array in self.outputs.items()}
        np.savez_compressed(path, bundle=np.frombuffer(self.bundle, np.uint8), **ports)


def parts_of(bundle: bytes) -> set[str]:
    """Kernels that it calls, with their versions, and elementwise operators."""
    root = BundleReader(bundle).root
    named = [*(root.kernels or ()), *(root.operators or ())]
    return {f"{part.name} {part.version}" for part in named}


def compiled() -> Iterator[tuple[str, OldBundle]]:
    """What this version writes: models of the tests, until nothing is left that they call."""
    seen: set[str] = set()
    for name, precision in itertools.product(MODELS, PRECISIONS):
        model = MODELS[name]()
        samples = [feed(model, seed) for seed in _CALIBRATION_SEEDS]
        report = edgert.compile(
            model,
            precision="fp32" if precision == "fp32" else "int8",
            calibration=samples if precision == "int8" else None,
        )
        bundle = bytes(report.bundle)
        if parts_of(bundle) <= seen:
            continue
        seen |= parts_of(bundle)
        session = edgert.InferenceSession(bundle, 1)
        inputs = feed(model, _SEED)
        names = [port.name for port in session.get_outputs()]
        outputs = dict(zip(names, session.run(None, inputs)))
        yield f"{name}-{precision}", OldBundle(bundle, inputs, outputs)
